"""The tables that a migration makes are those that the code reads."""

import pytest
import sqlalchemy as sa
from posting_kit.bench import Bench

from tieout_posting.tables import METADATA

pytestmark = pytest.mark.postgres


async def test_the_first_migration_makes_what_the_code_reads(bench: Bench) -> None:
    async with bench.database.transaction() as tx:
        columns = sa.text(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = :schema"
        )
        made = {(row[0], row[1]): row[2] for row in (await tx.execute(columns, {"schema": bench.database.schema}))}
    read = {(table.name, column.name): column.type for table in METADATA.tables.values() for column in table.columns}
    assert read.keys() <= made.keys()
    assert {key for key in made if key[0] in METADATA.tables} == read.keys()
    names = {
        sa.Text: "text", sa.Integer: "integer", sa.BigInteger: "bigint", sa.Boolean: "boolean", sa.Numeric: "numeric",
    }  # fmt: skip
    for key, kind in read.items():
        if type(kind) in names:
            assert made[key] == names[type(kind)], key
