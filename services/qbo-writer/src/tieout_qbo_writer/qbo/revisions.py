"""A document that stands in QuickBooks Online, as it shall be: a full update, so that nothing old of ours stays."""

from collections.abc import Mapping
from typing import Any

from tieout_contracts.documents import LedgerLine
from tieout_posting.kept_lines import kept_line_ids
from tieout_posting.ledger import Revision, SeenLine
from tieout_providers.qbo import Change
from tieout_providers.qbo.batch import replace
from tieout_providers.qbo.bodies import SalesLine
from tieout_qbo_writer.qbo.documents import document_body
from tieout_qbo_writer.qbo.seen import QboDocument

OF_PEOPLE = (
    "CustomerMemo",
    "CustomField",
    "SalesTermRef",
    "PrintStatus",
    "EmailStatus",
    "AllowIPNPayment",
    "AllowOnlinePayment",
    "AllowOnlineCreditCardPayment",
    "AllowOnlineACHPayment",
)
"""What QuickBooks Online or a person put on the document and a full update would empty."""
OF_THE_CUSTOMER = ("BillAddr", "ShipAddr", "BillEmail", "BillEmailCc", "BillEmailBcc", "ShipMethodRef")
"""The same, as long as it is for the same customer."""


def revised(revision: Revision, keys: Mapping[str, str]) -> Change:
    """The full update of an invoice or a credit memo. Raises what `document_body` does."""
    draft, seen = revision.draft, revision.seen
    if not isinstance(seen, QboDocument) or seen.sync_token is None:
        raise ValueError("QuickBooks Online did not say which version of the document it has")
    body = document_body(draft, keys)
    ids = kept_line_ids(draft.document.lines, [_text(each) for each in body.line], seen.lines, _may_stay)
    lines = tuple(line.model_copy(update={"id": line_id}) for line, line_id in zip(body.line, ids, strict=True))
    names = OF_PEOPLE if seen.contact_id != draft.contact_id else (*OF_PEOPLE, *OF_THE_CUSTOMER)
    kept: dict[str, Any] = {name: seen.whole[name] for name in names if seen.whole.get(name) is not None}
    if "CustomerMemo" in kept and seen.pay_link is None:  # a person's own words to the customer
        body = body.model_copy(update={"customer_memo": None})
    return replace(body.model_copy(update={"line": lines}), seen.document_id, seen.sync_token, kept)


def _text(line: object) -> str:
    return (line.description or "") if isinstance(line, SalesLine) else ""


def _may_stay(line: LedgerLine, old: SeenLine) -> bool:
    """A full update leaves nothing of a line that is not sent."""
    return True
