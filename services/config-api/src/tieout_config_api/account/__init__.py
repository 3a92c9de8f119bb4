"""What an account looks after: limits, use, statistics by month, reports, and what its owners are told."""
