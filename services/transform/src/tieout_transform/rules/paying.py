"""The link at which the customer pays, as the invoice bears it (F246)."""

from tieout_contracts.documents import DocumentKind
from tieout_contracts.pay_links import LINK_CHARACTERS_MAX, pay_link
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.settings import CompanySettings
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.ledgers import Ledger


def link_to_pay(
    record: CanonicalRecord, kind: DocumentKind, settings: CompanySettings, ledger: Ledger, findings: Findings
) -> str | None:
    """None for a credit and where nothing is to be paid; one that the ledger would refuse is left out, and said."""
    if settings.pay_link is None or kind != "sales_invoice" or record.total <= 0:
        return None
    link = pay_link(settings.pay_link, number=record.number, total=record.total, currency=record.currency)
    if len(link) > LINK_CHARACTERS_MAX:
        reason = f"it would have {len(link)} characters, and {LINK_CHARACTERS_MAX} is the most"
    elif ledger.never_in_links and ledger.never_in_links in link.casefold():
        reason = f"{ledger.name} takes no address with the word {ledger.never_in_links} in it"
    else:
        return link
    findings.add("rules.pay_link_left_out", number=record.number, reason=reason)
    return None
