"""What the tests of the QuickBooks Online writer share."""
