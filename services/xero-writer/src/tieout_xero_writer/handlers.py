"""Bus to rows: what a writer hears is the same for every ledger."""

from tieout_posting.writer.handlers import handlers

__all__ = ["handlers"]
