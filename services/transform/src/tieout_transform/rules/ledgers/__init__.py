"""What the ledgers compute, keep and take: each has one file here, and nothing else in the rules knows them apart."""

from collections.abc import Callable, Mapping

from tieout_contracts.reference import LedgerReference
from tieout_transform.rules.ledgers import qbo, xero
from tieout_transform.rules.ledgers.ledger import Ledger

__all__ = ["Ledger", "ledger_of"]

_KINDS: Mapping[str, Callable[[LedgerReference], Ledger]] = {"xero": xero.ledger, "qbo": qbo.ledger}


def ledger_of(reference: LedgerReference) -> Ledger:
    """The kind of ledger whose reference data this is."""
    return _KINDS[reference.ledger](reference)
