"""QuickBooks Online: a planned posting becomes the ledger's document exactly once."""
