"""Xero behind the engine's `Ledger`: start at `ledger`, which is the whole of it in one screen.

`documents` `contacts` `items`   what is sent
`answers` `echo`                 what comes back, and whether it is ours
`reading` `directory`            reference data, contacts and items
`session` `tokens` `look_ups`    an open door, the way in, and what is asked through it
`bulk` `tracking` `limits`       parts that several of them need
"""
