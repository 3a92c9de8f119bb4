"""QuickBooks Online behind the engine's `Ledger`: start at `ledger`, which is the whole of it in one screen.

`documents` `tax` `contacts` `items`   what is sent
`answers` `seen` `echo`                what comes back, and whether it is ours
`capability` `reading` `directory`     what the company is able to, reference data, customers and items
`session` `tokens` `look_ups`          an open door, the way in, and what is asked through it
`keys` `wording` `marks` `batches` `limits` `links`   parts that several of them need
"""
