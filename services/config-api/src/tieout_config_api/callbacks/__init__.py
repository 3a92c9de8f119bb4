"""What providers call back about: verified, stripped to "look at this id", and published as hints.

`doors` finds whose callback it is, `reading` takes from a body what may be believed, `signing` verifies, `keys` holds
ConnectWise's signing keys, `hinting` publishes, `registering` keeps the callbacks registered in ConnectWise.
"""
