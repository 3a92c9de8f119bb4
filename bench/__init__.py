"""`make bench`: how fast a month of invoices travels, on each transport, beside the usual one-call-at-a-time way."""
