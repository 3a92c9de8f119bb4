"""QuickBooks Online: pure builders of calls, a client that sends them, and readers of what comes back."""

from tieout_providers.qbo.batch import Change
from tieout_providers.qbo.calls import QboCalls, request_id_of
from tieout_providers.qbo.client import Qbo, QboLedger
from tieout_providers.qbo.elements import Element, Matched, match_by_bid, parse_batch, parse_change
from tieout_providers.qbo.errors import intuit_tid
from tieout_providers.qbo.oauth import QboIdentity, Tokens, consent_url
from tieout_providers.qbo.texts import Latin1, to_latin1

__all__ = [
    "Change",
    "Element",
    "Latin1",
    "Matched",
    "Qbo",
    "QboCalls",
    "QboIdentity",
    "QboLedger",
    "Tokens",
    "consent_url",
    "intuit_tid",
    "match_by_bid",
    "parse_batch",
    "parse_change",
    "request_id_of",
    "to_latin1",
]
