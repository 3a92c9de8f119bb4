"""The rules: from a canonical record to a planned posting."""
