"""What ingest keeps. Records and captures are written under the lease of their connection only.

`tables`       the tables
`hearing`      what the bus said, until the connection's next slice applies it
`connections`  when a connection is listed next, and why it is paused
`runs`         runs that were asked for
`records`      one row for each ConnectWise record
`agenda`       when a connection has something to do, and what was not answered in time
`captures`     one row for each revision of a record that was captured, its body sealed
"""
