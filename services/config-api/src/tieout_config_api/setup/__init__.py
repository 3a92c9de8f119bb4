"""The check of a company's set-up, and proposals for its mappings.

`facts` is what is known, `reading` gathers it, `ledger_steps` and `site_steps` judge it, `suggesting` proposes. Only
`reading` knows rows and sockets.
"""
