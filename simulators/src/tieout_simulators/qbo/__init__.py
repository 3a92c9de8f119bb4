"""A stateful QuickBooks Online: Intuit's OAuth server and the Accounting API v3 on one address.

What Intuit does but nobody documents is decided in ``assumptions.py``, one named function or constant each.
"""
