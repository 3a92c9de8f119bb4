"""QuickBooks' query language: ``SELECT ... FROM entity WHERE ... ORDERBY ... STARTPOSITION n MAXRESULTS n``."""

from tieout_simulators.qbo.query.run import run_query

__all__ = ["run_query"]
