"""Cut-over: what is in the ledger already is proposed for linking, and linked once a person said so (K24).

`proposing`    which contact could be a customer's, which document a record's (pure)
`links`        what people said, as matching uses it
`comparisons`  the rows of previews that are compared with the ledger
`comparing`    the looks into the ledger, and the telling of what they found
`adopting`     a proposed document becomes its record's, with none made
"""
