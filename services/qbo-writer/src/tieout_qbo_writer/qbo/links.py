"""Where a person sees a document. Unconfirmed; the person must have chosen the company."""

from collections.abc import Mapping

from tieout_contracts.documents import DocumentKind

_PAGES: Mapping[DocumentKind, str] = {
    "sales_invoice": "https://app.qbo.intuit.com/app/invoice?txnId=",
    "sales_credit": "https://app.qbo.intuit.com/app/creditmemo?txnId=",
}


def deep_link(kind: DocumentKind, document_id: str) -> str:
    """The document's page."""
    return f"{_PAGES[kind]}{document_id}"
