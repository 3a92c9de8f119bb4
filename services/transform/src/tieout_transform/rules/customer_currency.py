"""The customer of a foreign document, where the ledger fixes a customer's currency for ever."""

from tieout_contracts.documents import LedgerContact
from tieout_contracts.reference import LedgerReference


def in_currency(contact: LedgerContact, currency: str, reference: LedgerReference) -> LedgerContact:
    """QuickBooks Online's customers have one currency each, so a client has one customer for each currency.

    The one in the company's own currency is the client; another bears the currency in its name and number:
    `Fabrikam (USD)`, `CW-219-USD`. Xero's contacts take any currency.
    """
    if reference.ledger != "qbo" or currency == reference.base_currency:
        return contact
    own = {"name": f"{contact.name} ({currency})", "contact_number": f"{contact.contact_number}-{currency}"}
    return contact.model_copy(update={**own, "currency": currency})
