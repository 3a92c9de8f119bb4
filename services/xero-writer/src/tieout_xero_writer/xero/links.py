"""Where a person sees a document (https://developer.xero.com/documentation/guides/how-to-guides/deep-link-xero).

Unconfirmed. Without the organisation's short code the link opens in the organisation that the person last used.
"""

from collections.abc import Mapping

from tieout_contracts.documents import DocumentKind

_PAGES: Mapping[DocumentKind, str] = {
    "sales_invoice": "https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID=",
    "sales_credit": "https://go.xero.com/AccountsReceivable/ViewCreditNote.aspx?creditNoteID=",
}


def deep_link(kind: DocumentKind, document_id: str) -> str:
    """The document's page."""
    return f"{_PAGES[kind]}{document_id}"
