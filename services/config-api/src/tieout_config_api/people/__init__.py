"""People: signing in with two factors, invitations and resets, and the letters that carry them."""
