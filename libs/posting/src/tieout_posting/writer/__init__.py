"""The process around the engine, the same for every ledger: what it hears, its loops, its settings, its tokens.

A writer's own `app.py` brings the ledger; everything else of the process is here.
"""
