"""Async clients of the providers that Tieout talks to: ConnectWise PSA, Xero and QuickBooks Online.

`call.Call` is a request as a value, built without a socket and storable before it is sent. A client's `send` gives
an `call.Answer` or raises one of `errors`, which say what is *known* about the call. Nothing here retries.
"""
