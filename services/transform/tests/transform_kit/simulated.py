"""The simulators' own arithmetic on a planned document."""

from tieout_contracts.posting import Posting
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.reference import LedgerReference
from transform_kit import simulated_quickbooks, simulated_xero

_SIMULATORS = {"xero": simulated_xero.simulated_faults, "qbo": simulated_quickbooks.simulated_faults}


def simulated_faults(posting: Posting, record: CanonicalRecord, reference: LedgerReference) -> list[str]:
    """Everything in which the ledger's simulator would answer something else than was planned, or would refuse it."""
    return _SIMULATORS[reference.ledger](posting, record, reference)
