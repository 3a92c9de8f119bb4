"""The customer of a foreign document, where the ledger fixes a customer's currency for ever."""

from tieout_contracts.documents import LedgerContact
from tieout_transform.rules.chart import Chart


def in_currency(contact: LedgerContact, currency: str, chart: Chart) -> LedgerContact:
    """Where customers have one currency each (QuickBooks Online), a client has one customer for each currency.

    The one in the company's own currency is the client; another bears the currency in its name and number:
    `Fabrikam (USD)`, `CW-219-USD`.
    """
    if not chart.ledger.fixes_customers_currency or currency == chart.reference.base_currency:
        return contact
    own = {"name": f"{contact.name} ({currency})", "contact_number": f"{contact.contact_number}-{currency}"}
    return contact.model_copy(update={**own, "currency": currency})
