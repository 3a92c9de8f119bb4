"""A stateful ConnectWise PSA: the accounting path of invoices and credit memos, its master data and its callbacks."""
