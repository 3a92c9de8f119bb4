"""A stateful Xero: identity server and Accounting API on one address, with Xero's own rules and messages.

What Xero does but nobody documents sits behind one named function each; their docstrings begin with "Unconfirmed:".
"""
