"""Rates of exchange. QuickBooks Online takes 1 where none is sent, so a foreign document never goes without one: the
rate that the company itself keeps for the document's day."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from tieout_contracts.documents import LedgerDocument
from tieout_posting.ledger import ExchangeDay, exchange_key
from tieout_providers.qbo import reads
from tieout_qbo_writer.qbo.keys import HOME_CURRENCY, MANY_CURRENCIES

_DEFAULT = Decimal(1)


def rates_lacking(documents: Iterable[LedgerDocument], keys: Mapping[str, str]) -> set[ExchangeDay]:
    """The rates that must be read before these documents can be built."""
    if not keys.get(MANY_CURRENCIES):
        return set()
    foreign = [each for each in documents if each.currency != keys.get(HOME_CURRENCY)]
    days = {(each.currency, each.document_date) for each in foreign}
    return {day for day in days if exchange_key(*day) not in keys}


def exchange_rate(document: LedgerDocument, keys: Mapping[str, str]) -> Decimal | None:
    """None for a document in the company's own currency. Raises ValueError where the company has no rate."""
    if document.currency == keys.get(HOME_CURRENCY):
        return None
    rate = keys.get(exchange_key(document.currency, document.document_date))
    if not rate:
        raise ValueError(
            f"QuickBooks Online has no rate of exchange for {document.currency} on {document.document_date}: "
            "enter one there under Currencies, then retry"
        )
    return Decimal(rate)


def usable_rate(currency: str, shown: reads.ExchangeRate | None) -> Decimal | None:
    """The rate, if it may be sent. Unconfirmed: that 1 is what QuickBooks shows where nobody keeps a rate, so that it
    counts as none, also for a currency that is pegged to the company's own."""
    if shown is None or shown.rate is None or shown.source_currency_code != currency:
        return None
    return shown.rate if shown.rate > 0 and shown.rate != _DEFAULT else None
