"""The demo: a month of an MSP, from ConnectWise to Xero, on simulators and embedded parts.

`scene` sets the stage (simulators, tenant, companies), `proof` ties the month out, `show` is the whole evening.
"""
