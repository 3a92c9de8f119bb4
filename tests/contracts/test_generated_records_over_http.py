"""Generated records through the rules and a writer into each ledger, over HTTP: what stands there is ConnectWise's.

The rules plan with the reference data that the writer has read from the ledger; the ledger is a process of its own.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import qbo_writer_kit.world as qbo
import xero_writer_kit.world as xero
from qbo_writer_kit.books import TOKEN
from qbo_writer_kit.values import ORGANISATION as REALM
from transform_kit.books import QBO_AUSTRALIA, QBO_UNITED_STATES, XERO, Books
from transform_kit.cases import case
from transform_kit.data_files import quickbooks_company, xero_file
from transform_kit.ledger import faults_of

from harness.vendor_clients import ReadBack, by_python_quickbooks, by_xero_python
from tieout_chassis.testing import FreshDatabase
from tieout_contracts.documents import LedgerDocument
from tieout_contracts.events import PostingPlanned
from tieout_contracts.posting import Posting
from tieout_contracts.problems import KINDS
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.reference import LedgerReference
from tieout_contracts.settings import SettingsSnapshot
from tieout_posting.testing.plans import Poster
from tieout_posting.testing.world import database_of
from tieout_qbo_writer.migrations import MIGRATIONS as QBO_MIGRATIONS
from tieout_simulators.month import Month
from tieout_transform.rules.plan import plan
from tieout_xero_writer.migrations import MIGRATIONS as XERO_MIGRATIONS

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.http,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # xero-python's
]

RECORDS = 300
SEED = 43
FEWEST_POSTED = 0.85
"""In the United States a document of several tax codes is refused: one mode of eight."""
TIMEOUT_S = 150
ZERO = Decimal(0)
TAXED = "TAX"
"""What lines say in the United States; the code stands on the document."""


class Said(NamedTuple):
    """A document as it was planned, or as the ledger has it: amounts by line, tax by what bears it, total."""

    lines: list[Any]
    taxes: Mapping[Any, Decimal]
    total: Decimal


@dataclass(frozen=True)
class Stage:
    """A ledger with a writer before it."""

    books: Books
    world: Any

    @property
    def company(self) -> SettingsSnapshot:
        (company,) = self.world.config.known.values()
        return company


@pytest.fixture(params=[XERO, QBO_AUSTRALIA, QBO_UNITED_STATES], ids=lambda books: books.name)
async def stage(
    request: pytest.FixtureRequest, fresh_database: FreshDatabase, sealing_key_file: Path, tmp_path: Path
) -> AsyncIterator[Stage]:
    books: Books = request.param
    migrations = XERO_MIGRATIONS if books is XERO else QBO_MIGRATIONS
    async with database_of(migrations, await fresh_database([migrations]), sealing_key_file) as (database, settings):
        if books is XERO:
            month = Month(connectwise={}, xero=xero_file(books, "app", "secret"), expected={})
            with xero.simulator(month, tmp_path) as address:
                world = xero.World(address, month, database, settings)
                await world.open()
                yield Stage(books, world)
                await world.close()
        else:
            with qbo.simulator(quickbooks_company(books, REALM, TOKEN), tmp_path) as address:
                company = qbo.World(address, database, settings)
                yield Stage(books, company)
                await company.close()


async def test_three_hundred_generated_records_stand_in_the_ledger_to_the_cent_or_are_refused_by_a_code_I3(
    stage: Stage,
) -> None:
    world = stage.world
    async with world.running():
        reference = (await world.references())[0].reference
        planned, codes = _planned(stage, reference)
        await world.say(*(_event(stage, each) for each in planned))
        settled = await world.settled(len(planned), timeout_s=TIMEOUT_S)
    assert codes <= KINDS.keys()
    assert len(planned) >= RECORDS * FEWEST_POSTED
    assert any(line.tax_override for each in planned for line in each.document.lines)
    assert [problem for each in settled for problem in each.settlement.problems] == []
    assert {each.settlement.outcome for each in settled} == {"posted"}
    held = dict(_held(await world.books(), reference))
    assert held == {each.number: _expected(each.document, reference) for each in planned}
    totals = {each.number: ReadBack(each.document.expected.tax, each.document.expected.total) for each in planned}
    assert await asyncio.to_thread(_read_back, stage) == totals


def _read_back(stage: Stage) -> dict[str, ReadBack]:
    """What the vendor's own client reads."""
    reader = by_xero_python if stage.books is XERO else by_python_quickbooks
    world = stage.world
    return reader(str(world.http.base_url).rstrip("/"), world.config.tokens[0], stage.company.settings.organisation_id)


def _planned(stage: Stage, reference: LedgerReference) -> tuple[list[Posting], set[str]]:
    """What is to be posted, each exact to ConnectWise's record, and the codes by which the others are refused."""
    random, planned, codes = Random(SEED), [], set()
    for index in range(RECORDS):
        each = case(random, stage.books)
        record: CanonicalRecord = each.record.model_copy(
            update={"record_id": 7000 + index, "number": str(50000 + index)}
        )
        found = plan(record, _of_the_company(stage.company, each.settings), reference)
        if isinstance(found, Posting):
            assert faults_of(found, record, reference) == []
            planned.append(found)
        else:
            codes |= {problem.code for problem in found}
    return planned, codes


def _of_the_company(company: SettingsSnapshot, settings: SettingsSnapshot) -> SettingsSnapshot:
    """The generated settings, as the writer's company has them."""
    there = settings.settings.model_copy(update={"organisation_id": company.settings.organisation_id})
    return company.model_copy(update={"settings": there})


def _event(stage: Stage, posting: Posting) -> PostingPlanned:
    settings = stage.company.settings
    poster = Poster(posting.company_id, settings.ledger, settings.ledger_connection, settings.organisation_id)
    return poster.announced(posting)


def _expected(document: LedgerDocument, reference: LedgerReference) -> Said:
    by_code = {each.tax_code: each.amount for each in document.expected.tax_by_code}
    if reference.ledger == "xero":
        lines = [(each.amount, each.tax_amount, each.tax_code, each.account_code) for each in document.lines]
        return Said(lines, by_code, document.expected.total)
    taxes = _by_rates(by_code, reference)
    return Said([each.amount for each in document.lines], taxes, document.expected.total)


def _by_rates(by_code: Mapping[str, Decimal], reference: LedgerReference) -> dict[frozenset[str], Decimal]:
    """Tax by the rates that make it: QuickBooks shows no tax of a code, and codes that share a rate make one sum."""
    rates = {rate.code: frozenset(part.name for part in rate.components) for rate in reference.tax_rates}
    sums: dict[frozenset[str], Decimal] = {}
    for code, amount in by_code.items():
        together, tax = rates[code], amount
        for other in [other for other in sums if other & together]:
            together, tax = together | other, tax + sums.pop(other)
        sums[together] = sums.get(together, ZERO) + tax
    return {together: tax for together, tax in sums.items() if together}


def _held(books: dict[str, Any], reference: LedgerReference) -> Iterator[tuple[str, Said]]:
    if reference.ledger == "xero":
        for kind in ("Invoice", "CreditNote"):
            yield from ((each[f"{kind}Number"], _in_xero(each)) for each in books[f"{kind}s"])
    else:
        for kind in ("Invoice", "CreditMemo"):
            yield from ((each["DocNumber"], _in_quickbooks(each, reference)) for each in books[kind])


def _in_xero(document: dict[str, Any]) -> Said:
    assert document["Status"] == "AUTHORISED"
    lines = [(x["LineAmount"], x["TaxAmount"], x["TaxType"], x["AccountCode"]) for x in document["LineItems"]]
    taxes: dict[str, Decimal] = {}
    for _, tax, code, _ in lines:
        taxes[code] = taxes.get(code, ZERO) + tax
    return Said(lines, taxes, document["Total"])


def _in_quickbooks(form: dict[str, Any], reference: LedgerReference) -> Said:
    lines = [each for each in form["Line"] if each["DetailType"] == "SalesItemLineDetail"]
    detail = form.get("TxnTaxDetail") or {}
    codes = {each["SalesItemLineDetail"]["TaxCodeRef"]["value"] for each in lines}
    codes |= {detail["TxnTaxCodeRef"]["value"]} if "TxnTaxCodeRef" in detail else set()
    groups = _by_rates(dict.fromkeys(codes - {TAXED}, ZERO), reference)
    taxes = {group: _tax_of(group, detail.get("TaxLine", ())) for group in groups}
    return Said([each["Amount"] for each in lines], taxes, form["TotalAmt"])


def _tax_of(rates: frozenset[str], tax_lines: Iterable[dict[str, Any]]) -> Decimal:
    return sum((x["Amount"] for x in tax_lines if x["TaxLineDetail"]["TaxRateRef"]["value"] in rates), ZERO)
