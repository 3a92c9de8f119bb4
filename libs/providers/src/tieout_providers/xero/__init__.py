"""Xero: pure builders of calls, a client that sends them, and readers of what comes back."""

from tieout_providers.xero.calls import XeroCalls
from tieout_providers.xero.client import Xero, XeroLedger
from tieout_providers.xero.elements import Element, Matched, match_by_id, match_by_name, match_by_number, parse_elements
from tieout_providers.xero.limits import Limits, limits_of
from tieout_providers.xero.oauth import Tokens, XeroIdentity

__all__ = [
    "Element",
    "Limits",
    "Matched",
    "Tokens",
    "Xero",
    "XeroCalls",
    "XeroIdentity",
    "XeroLedger",
    "limits_of",
    "match_by_id",
    "match_by_name",
    "match_by_number",
    "parse_elements",
]
