"""The check of a company's set-up, and proposals for its mappings.

`facts` is what is known, `reading` gathers it, `ledger_steps`, `site_steps` and `expense_steps` judge it, `suggesting`
proposes. Only `reading` knows rows and sockets.
"""
