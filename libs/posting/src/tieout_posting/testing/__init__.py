"""What the tests of every writer share: plans by hand, config-api pretended, a world of simulator and service.

`plans`      documents, and the events that carry them to a writer
`config`     config-api as a writer sees it
`world`      the ledger as a process of its own, the writer on a real database, the bus read from outside
`customers`  invoices for customers, one after another
`cut_over`   what a former tool left in the ledger, found, linked and adopted
"""
