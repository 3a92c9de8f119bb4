"""ConnectWise's query language: conditions, orderBy, fields and the two ways of paging."""
