"""Rates of exchange that a ledger must be told: read once for each currency and day, the same for all its documents.

They are shared rows, known from the start, whose `ledger_id` is the rate. One that the ledger does not have is not
kept: a person enters it there, and the next attempt reads it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.money import plain
from tieout_posting.ledger import Books, ExchangeDay, RateReader, RatesNeeded, SeenDocument, exchange_key
from tieout_posting.store import of_books
from tieout_posting.tables import shared

KIND = "exchange"


async def read_rates(session: object, needed: RatesNeeded) -> dict[str, str]:
    """Each rate that is needed, by `exchange_key`; empty where the ledger has none. Raises a `ProviderError`."""
    assert isinstance(session, RateReader), "a ledger that needs rates has a session that reads them"
    found = {}
    for currency, day in sorted(needed.wanted):
        rate = await session.read_rate(currency, day)
        found[exchange_key(currency, day)] = "" if rate is None else plain(rate)
    return found


async def keep_rates(tx: AsyncConnection, books: Books, rates: Mapping[str, str]) -> None:
    """Keep what was read; what was kept before stays, so that documents of one day never differ."""
    mine = {"tenant_id": books.tenant_id, "organisation_id": books.organisation_id, "kind": KIND, "state": "known"}
    rows = [mine | {"key": key, "code": key, "name_hash": "", "ledger_id": rate} for key, rate in rates.items() if rate]
    if rows:
        await tx.execute(insert(shared).values(rows).on_conflict_do_nothing())


async def known_rates(tx: AsyncConnection, books: Books, days: Iterable[ExchangeDay]) -> dict[str, str]:
    """Those of these rates that are kept."""
    wanted = {exchange_key(currency, day) for currency, day in days}
    if not wanted:
        return {}
    found = sa.select(shared.c.key, shared.c.ledger_id).where(
        of_books(shared, books), shared.c.key.in_(wanted), shared.c.kind == KIND
    )
    return {row.key: row.ledger_id for row in (await tx.execute(found)).all()}


async def with_sent_rates(tx: AsyncConnection, books: Books, found: Sequence[SeenDocument]) -> list[SeenDocument]:
    """Documents that nobody touched yet, with the rate that ours were sent with, to be compared as in an answer."""
    days = {(each.currency, each.document_date) for each in found if each.phase == "final"}
    known = await known_rates(tx, books, [(currency, day) for currency, day in days if currency and day])
    return [_with_sent_rate(each, known) if each.phase == "final" else each for each in found] if known else [*found]


def _with_sent_rate(seen: SeenDocument, known: Mapping[str, str]) -> SeenDocument:
    if seen.currency is None or seen.document_date is None:
        return seen
    rate = known.get(exchange_key(seen.currency, seen.document_date))
    return seen if rate is None else replace(seen, sent_rate=Decimal(rate))
