"""The support bundle: what is counted, and what it says where a service does not answer."""

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zipfile import ZipFile

import httpx
import pytest

from tieout_chassis.database import Database
from tieout_chassis.outbox import MessageContext
from tieout_chassis.sealing import Sealer
from tieout_chassis.testing import FreshDatabase
from tieout_config_api.handlers import HANDLERS
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.services import Services
from tieout_config_api.support import gathered, zipped
from tieout_contracts.events import PostingRefused
from tieout_contracts.examples import events


def answered(request: httpx.Request) -> httpx.Response:
    if request.url.host == "away.example.com":
        raise httpx.ConnectError("nobody there")
    if request.url.host == "older.example.com":
        return httpx.Response(200, json={"service": "older"})
    assert request.headers["Authorization"] == "Bearer ingest-key"
    facts = {"service": "ingest", "process": "host-1", "log": ["one", "two"], "metrics": "m 1\n", "leases": []}
    return httpx.Response(200, json=facts)


@pytest.mark.postgres
async def test_a_bundle_counts_by_code_and_says_which_service_does_not_answer_F257(
    fresh_database: FreshDatabase, sealing_key_file: Path
) -> None:
    database = Database(
        await fresh_database([MIGRATIONS]), "config-api", pool_size=2, sealer=Sealer.from_file(sealing_key_file)
    )
    (refused,) = [each for each in events() if isinstance(each, PostingRefused)]
    async with database.transaction() as tx:
        context = MessageContext(uuid4(), refused.TOPIC, refused.key, refused.tenant_id)
        await HANDLERS[PostingRefused](tx, refused, context)
    urls = {"ingest": "https://ingest.example.com", "transform": "https://away.example.com"}
    urls["xero-writer"] = "https://older.example.com"
    async with httpx.AsyncClient(transport=httpx.MockTransport(answered)) as http:
        files = await gathered(database, Services(urls, {"ingest": "ingest-key"}, http), refused.refused_at)
        later = await gathered(database, Services({}, {}, http), datetime.now(UTC) + timedelta(days=31))
    await database.dispose()

    with ZipFile(io.BytesIO(zipped(files))) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == files
    counts = json.loads(files["installation.json"])
    assert counts["records_by_status"] == [{"status": "refused", "records": 1}]
    assert [each["code"] for each in counts["codes"]] == sorted({each.code for each in refused.problems})
    assert json.loads(later["installation.json"])["codes"] == []
    assert (files["logs/host-1.log"], files["metrics/host-1.txt"]) == ("one\ntwo\n", "m 1\n")
    assert json.loads(files["services/ingest.json"]) == {"service": "ingest", "process": "host-1", "leases": []}
    assert json.loads(files["services/transform.json"]) == {"service": "transform", "away": "ConnectError"}
    unread = {"service": "xero-writer", "away": "its answer cannot be read"}
    assert json.loads(files["services/xero-writer.json"]) == unread
