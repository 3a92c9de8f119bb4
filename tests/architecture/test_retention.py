"""What the page about retention says of tables is what the services have."""

import re
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA

from harness import house
from tieout_config_api import app as config_api
from tieout_config_api.store.tables import metadata as config_api_tables
from tieout_ingest.store import tables as ingest
from tieout_posting import tables as writers
from tieout_transform.store import tables as transform

PAGE: Path = house.ROOT / "docs" / "retention.md"
assert config_api.build, "importing the application makes every table of its known"


def metadata_in(module: object) -> sa.MetaData:
    (found,) = {each for each in vars(module).values() if isinstance(each, sa.MetaData)}
    return found


SERVICES = {
    "config-api": config_api_tables,
    "ingest": metadata_in(ingest),
    "transform": metadata_in(transform),
    "writers": metadata_in(writers),
}


def told() -> list[tuple[str, set[str], set[str]]]:
    """The table's rows: service, tables, sealed columns."""
    rows = [line.split("|")[1:5] for line in PAGE.read_text().splitlines() if line.startswith("|")]
    return [
        (service.strip(), set(re.findall(r"`(\w+)`", tables)), set(re.findall(r"`(\w+)`", sealed)))
        for service, tables, sealed, kept in rows
        if service.strip() in SERVICES and kept.strip()
    ]


def test_every_table_of_every_service_has_its_row_and_no_row_is_of_a_table_that_is_gone_F4() -> None:
    for service, metadata in SERVICES.items():
        named = [table for name, tables, _ in told() if name == service for table in tables]
        assert sorted(named) == sorted(metadata.tables), service


def test_every_column_of_bytes_is_named_as_sealed_F4() -> None:
    """Whoever adds a column of bodies says how long they are kept."""
    for service, tables, sealed in told():
        found = {
            column.name
            for table in tables
            for column in SERVICES[service].tables[table].columns
            if isinstance(column.type, BYTEA)
        }
        assert found == sealed, (service, tables)
