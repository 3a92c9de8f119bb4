"""What transform keeps: one row for each record that was captured, the ledgers' reference data, settings versions."""
