"""The proof: what ConnectWise says against what the ledger holds, document by document and in total.

Everything here is read from the two providers (`/_sim/dump` in the demo), nothing from Tieout's own rows: a mistake of
ours cannot hide itself. Tieout's records are only asked which documents are still in a person's hands.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Document = Mapping[str, Any]
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Difference:
    """Something that does not agree, in words."""

    number: str
    what: str
    connectwise: str
    ledger: str


@dataclass
class TieOut:
    """`exact` only when nothing differs; sums are over the documents that ConnectWise holds as batched by us."""

    documents: int = 0
    connectwise_total: Decimal = Decimal(0)
    ledger_total: Decimal = Decimal(0)
    connectwise_tax: Decimal = Decimal(0)
    ledger_tax: Decimal = Decimal(0)
    adjustments: Decimal = Decimal(0)
    by_account: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)

    @property
    def exact(self) -> bool:
        return not self.differences


def tie_out(
    connectwise: Mapping[str, Any],
    ledger_documents: Iterable[Document],
    *,
    foreign_ids: frozenset[str],
    batch_prefix: str,
    adjustment_account: str,
    account_map: Mapping[str, str],
    waiting: Mapping[str, str],
) -> TieOut:
    """Compare both sides.

    `foreign_ids`: ledger documents that were there before the run; one that a person linked, so that it was batched,
    is compared like ours. `waiting`: number to cause of the documents that
    are in the ledger, and known not to be batched, because a person must decide.
    """
    result = TieOut()
    live = [document for document in ledger_documents if is_live(document)]
    by_number = _one_per_number([one for one in live if document_id(one) not in foreign_ids], result)
    foreign = {_number(document): document for document in live if document_id(document) in foreign_ids}
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    exported = {entry["id"]: entry for entry in connectwise["gl_transactions"]}
    batched = set()
    for invoice in connectwise["entities"]["/finance/invoices"]:
        batch = invoice.get("glBatch")
        if batch is None or not batch["name"].startswith(f"{batch_prefix}-"):
            continue
        number = invoice["invoiceNumber"]
        batched.add(number)
        document = by_number.get(number) or foreign.get(number)
        if document is None:
            result.differences.append(
                Difference(number, "batched, not in the ledger", str(invoice["total"]), "nothing")
            )
            continue
        _compare(result, sums, exported[invoice["id"]], document, adjustment_account, account_map)
    for number, document in sorted(by_number.items()):
        if number not in batched and number not in waiting:
            result.differences.append(
                Difference(number, "in the ledger, not batched", "unposted", str(document["Total"]))
            )
    result.by_account = {account: (one, other) for account, (one, other) in sorted(sums.items())}
    return result


def document_id(document: Document) -> str:
    return str(document.get("InvoiceID") or document["CreditNoteID"])


def is_live(document: Document) -> bool:
    return document["Status"] not in {"DELETED", "VOIDED"}


def _number(document: Document) -> str:
    return str(document.get("InvoiceNumber") or document["CreditNoteNumber"])


def _one_per_number(documents: list[Document], result: TieOut) -> dict[str, Document]:
    """I-1, seen from the ledger: no number twice."""
    for number, count in Counter(map(_number, documents)).items():
        if count > 1:
            result.differences.append(Difference(number, "more than one live document", "1", str(count)))
    return {_number(document): document for document in documents}


def _compare(
    result: TieOut,
    sums: dict[str, list[Decimal]],
    exported: Mapping[str, Any],
    document: Document,
    adjustment_account: str,
    account_map: Mapping[str, str],
) -> None:
    number = str(exported["documentNumber"])
    lines = [line for line in exported["detail"] if line["glTypeId"] != "ST"]
    # A sale's details are negative, a credit memo's positive: the sign of the whole says which.
    sign = -1 if Decimal(exported["total"]) >= 0 else 1
    total, tax = abs(Decimal(exported["total"])), abs(Decimal(exported.get("salesTax") or 0))
    adjusted = sum(
        (Decimal(line["LineAmount"]) for line in document["LineItems"] if line["AccountCode"] == adjustment_account),
        Decimal(0),
    )
    result.documents += 1
    result.connectwise_total += -sign * total
    result.ledger_total += -sign * Decimal(document["Total"])
    result.connectwise_tax += -sign * tax
    result.ledger_tax += -sign * Decimal(document["TotalTax"])
    result.adjustments += -sign * adjusted
    _expect(result, number, "total", total, Decimal(document["Total"]))
    _expect(result, number, "tax with the stated adjustment", tax, Decimal(document["TotalTax"]) + adjusted)
    _expect(result, number, "status", "AUTHORISED", _approved(document["Status"]))
    accounts: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for line in lines:
        account = account_map.get(line["accountNumber"], line["accountNumber"])
        accounts[account][0] += sign * Decimal(line["total"])
    for line in document["LineItems"]:
        if line["AccountCode"] != adjustment_account:
            accounts[line["AccountCode"]][1] += Decimal(line["LineAmount"])
    for account, (one, other) in accounts.items():
        _expect(result, number, f"account {account}", one, other)
        sums[account][0] += -sign * one
        sums[account][1] += -sign * other


def _approved(status: str) -> str:
    """A document of 0.00 is paid as soon as it is approved."""
    return "AUTHORISED" if status == "PAID" else status


def _expect(result: TieOut, number: str, what: str, connectwise: Decimal | str, ledger: Decimal | str) -> None:
    if isinstance(connectwise, Decimal) and isinstance(ledger, Decimal):
        connectwise, ledger = connectwise.quantize(_CENT), ledger.quantize(_CENT)
    if connectwise != ledger:
        result.differences.append(Difference(number, what, str(connectwise), str(ledger)))
