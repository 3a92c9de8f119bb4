"""What a preview shows: plans that were asked for, differences, and what the ledger has already."""
