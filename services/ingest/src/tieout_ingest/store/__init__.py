"""What ingest keeps. Everything but `heard` is written under the lease of the record's connection only.

`tables`       the tables
`hearing`      what the bus said, until the connection's next slice applies it
`connections`  when a connection is listed next, and why it is paused
`runs`         runs that were asked for
`records`      one row for each ConnectWise record
`captures`     one row for each revision of a record that was captured, its body sealed
"""
