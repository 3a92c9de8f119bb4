"""Which scopes let a call pass. A token for which none was asked for may do everything.

Both the granular scopes (new apps since 2 March 2026) and the broad ones are known. Unconfirmed: that Items can be
written with ``accounting.invoices`` alone.
"""

_TRANSACTIONS = ("accounting.invoices", "accounting.transactions")
_SETTINGS = ("accounting.settings",)
_CONTACTS = ("accounting.contacts",)
_BY_ENDPOINT = {
    "Invoices": _TRANSACTIONS,
    "CreditNotes": _TRANSACTIONS,
    "Items": (*_SETTINGS, *_TRANSACTIONS),
    "Contacts": _CONTACTS,
}


def scopes_allow(granted: tuple[str, ...], method: str, endpoint: str) -> bool:
    """Whether any granted scope covers the endpoint; reading is content with the ``.read`` ones."""
    if not granted:
        return True
    accepted = _BY_ENDPOINT.get(endpoint, _SETTINGS)
    if method == "GET":
        accepted = (*accepted, *(f"{scope}.read" for scope in accepted))
    return any(scope in accepted for scope in granted)
