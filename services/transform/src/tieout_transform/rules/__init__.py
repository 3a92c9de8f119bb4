"""The rules: from a canonical record, a settings snapshot and the ledger's reference data to a planned posting.

Pure functions: no clock, no socket, no database. `plan.plan` is the one way in; read it first. The rooms:

`checks`             what a document must be, whatever its lines
`accounts` `items` `tax` `tracking` `texts`   what each line maps to
`contact` `terms`    whom it is for, and when it is due
`ledger_arithmetic`  what the ledger will compute
`lines`              how a line comes out at ConnectWise's amount
`tax_tie`            how the tax comes out at ConnectWise's tax
`adjustment`         what rounding leaves over, and how much that may be
`words` `note`       every cent in words
"""
