"""The rules: from a canonical record, a settings snapshot and the ledger's reference data to a planned posting.

Pure functions: no clock, no socket, no database. `plan.plan` is the one way in; read it first. The rooms:

`direction`          which way a document goes, and what earlier documents billed of it
`checks`             what a document must be, whatever its lines
`chart` `company`    the ledger's reference data and the company's mapping, indexed
`specific` `segments`   which rule is for a line, and what its class segments say
`accounts` `items` `tax` `zeros` `tracking` `texts`   what each line maps to
`contact` `terms`    whom it is for, and when it is due
`ledgers` `ledger_arithmetic`   what each ledger computes, keeps and takes (a file for each), and what all do alike
`lines`              how a line comes out at ConnectWise's amount
`levels` `tax_lines`   what no rate can say of a tax level, and tax as lines of its own
`rates`              whether ConnectWise states another rate than the ledger
`tax_tie`            how the tax comes out at ConnectWise's tax
`adjustment`         what rounding leaves over, and how much that may be
`whole`              what holds of a document only when all its lines are known
`words` `note`       every cent in words
"""
