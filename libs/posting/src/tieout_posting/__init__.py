"""The posting engine that every writer shares: a planned posting becomes the ledger's document exactly once.

Read in this order:

`states`     the words of an intent's life
`ledger`     what a writer must provide for its ledger
`compare`    an answer against the expected totals
`outcomes`   what becomes of an intent after an answer, a loss, a look-up (pure)
`tables`     the rows, in the writer's own schema
`intents`    storing, superseding and commanding intents: the bus side
`slices`     the lease side: one slice of one organisation's work
`calls`      a call is stored, then sent, then its answer is committed
`settle`     the last word on a posting, through the outbox
`writer`     the process around the engine: what it hears, its loops, settings and tokens

Invariants: do not break.

* A call's bytes, key, members and `send_until` are committed before a socket is used; its answer is committed under
  the lease that sent it.
* A record has at most one live intent (partial unique index); a live intent has at most one open call.
* Whatever may have happened is looked up before anything is sent again.
* Nothing here changes an amount.
"""
