"""What the tests of the Xero writer share."""
