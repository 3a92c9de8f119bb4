"""Tieout's versioned contracts, in the order one reads them.

`money`      amounts, currencies, rounding
`records`    what ConnectWise holds: the canonical record union
`documents`  what a ledger will hold: the ledger-neutral document with its expected totals
`problems`   every refusal and warning a person can meet, with sentence, hint and page
`posting`    a planned posting, and how it settled
`reference`  a ledger's reference data (accounts, tax rates, items, contacts ...)
`settings`   a company's immutable, numbered settings snapshot
`events`     what travels on the bus; `envelope` how it is encoded
"""
