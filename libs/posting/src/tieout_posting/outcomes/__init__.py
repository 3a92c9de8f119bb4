"""What becomes of an intent: pure functions from what was seen to a decision.

`decision`   what a decision says
`answers`    after an answer to a draft, an approval, a discard
`look_ups`   after a look-up: found and ours, found and not ours, several, none
`revisions`  a change of a posted document: before it is sent, after its answer, after a look-up
"""
