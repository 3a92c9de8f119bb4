"""Async clients of the providers: ConnectWise PSA and Xero."""
