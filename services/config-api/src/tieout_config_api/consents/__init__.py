"""Consents to ledgers: given on the provider's page, shared by connections, given back, kept alive."""
