"""The demo: a month of an MSP, from ConnectWise to Xero, on simulators and embedded parts.

`scene` sets the stage (simulators, tenant, companies), `play` posts the month with progress bars, `proof` ties it out,
`show` is the whole evening.
"""
