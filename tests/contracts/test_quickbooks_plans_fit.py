"""What the rules plan for QuickBooks Online its writer can send, and what it sends comes out as planned."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from transform_kit.books import QBO_AUSTRALIA, QBO_UNITED_STATES, Books
from transform_kit.cases import case
from transform_kit.simulated_quickbooks import simulated_company

from tieout_contracts.documents import LedgerDocument
from tieout_contracts.posting import Posting
from tieout_posting.ledger import Draft, item_key
from tieout_providers.json_exact import dumps, loads
from tieout_qbo_writer.qbo.documents import document_body
from tieout_qbo_writer.qbo.items import item_of_account
from tieout_qbo_writer.qbo.keys import CHARSET, HOME_CURRENCY, REGIME, account_key, percents_key, rates_key
from tieout_simulators.qbo.company import Company
from tieout_simulators.qbo.sales_forms import FormComposer
from tieout_transform.rules.plan import plan

DOCUMENTS = 300
SEED = 5
CUSTOMER = "1"
NOW = datetime(2026, 11, 1, tzinfo=UTC)
FORMS = {"sales_invoice": "Invoice", "sales_credit": "CreditMemo"}


@pytest.mark.parametrize("books", [QBO_AUSTRALIA, QBO_UNITED_STATES], ids=lambda books: books.name)
def test_each_planned_document_can_be_sent_and_comes_out_to_the_cent_I3(books: Books) -> None:
    random, company, moved = Random(SEED), _company(books), 0
    for each in (case(random, books) for _ in range(DOCUMENTS)):
        planned = plan(each.record, each.settings, books.ledger)
        if not isinstance(planned, Posting):
            continue
        document = planned.document
        body = document_body(Draft(document, CUSTOMER, str(planned.posting_id)), _keys(books, document, company))
        sent = loads(dumps(body.as_json()))
        form = FormComposer(company, FORMS[document.kind], sent, None, NOW).compose()
        assert _said(form) == _expected(document), each.mode
        moved += any(line.tax_override for line in document.lines)
    assert moved > DOCUMENTS / 50


def _said(form: dict[str, Any]) -> tuple[Any, ...]:
    *lines, _subtotal = form["Line"]
    tax = (form.get("TxnTaxDetail") or {}).get("TotalTax", 0)
    return form["DocNumber"], form["TotalAmt"], tax, [line["Amount"] for line in lines]


def _expected(document: LedgerDocument) -> tuple[Any, ...]:
    expected = document.expected
    return document.number, expected.total, expected.tax, [line.amount for line in document.lines]


def _company(books: Books) -> Company:
    """The simulator's company as the writer wants it: our numbers, one customer."""
    company, currency = simulated_company(books.ledger), books.currencies[0]
    company.preferences["SalesFormsPrefs"] = {"CustomTxnNumbers": True}
    company.preferences["CurrencyPrefs"] = {"HomeCurrency": {"value": currency}}
    company.collections["Customer"].by_id[CUSTOMER] = {"Id": CUSTOMER, "CurrencyRef": {"value": currency}}
    return company


def _keys(books: Books, document: LedgerDocument, company: Company) -> dict[str, str]:
    """The keys that the writer would have read, with every item of the document made."""
    reference, abroad = books.ledger, books.ledger.country == "US"
    keys = {HOME_CURRENCY: books.currencies[0], REGIME: "by_hand" if abroad else "by_line"}
    keys |= {CHARSET: "latin-1"} if abroad else {}
    keys |= {account_key(account.code): account.code for account in reference.accounts}
    for rate in reference.tax_rates:
        keys[rates_key(rate.code)] = " ".join(part.name for part in rate.components)
        keys[percents_key(rate.code)] = " ".join(str(part.rate) for part in rate.components)
    items = company.collections["Item"].by_id
    for line in document.lines:
        name = line.item_code or item_of_account(line.account_code).code
        item_id = name.replace(" ", ".")
        keys[item_key(name)] = item_id
        items[item_id] = {"Id": item_id, "Name": name, "Type": "Inventory" if name == "SW-24" else "Service"}
    return keys
