"""The support bundle (docs/support.md): one archive of what helps to find out what is wrong, and of nothing else."""

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from tieout_chassis import exact_json
from tieout_chassis.database import Database
from tieout_config_api.services import ServiceAway, Services
from tieout_config_api.store import support

CODES_OF = timedelta(days=30)
ABOUT = """Support bundle of a Tieout installation, made at {at:%Y-%m-%d %H:%M} UTC.

installation.json  counts: records by status and outcome, refusals and errors of the last 30 days by code
services/*.json    of each service: version, settings (of secrets only whether they are set), health, revision of its
                   schema, outbox, leases, budgets, lag of the bus, open dead letters without what they hold
logs/*.log         the last lines of each process
metrics/*.txt      its metrics

No secret, no name of a customer and no text of a line is in it. Ids of tenants, companies, connections and records are,
and addresses of your servers: look through it before you pass it on.
"""


async def gathered(database: Database, services: Services, now: datetime) -> dict[str, str]:
    """The bundle's files by name. A service that does not answer has its reason there."""
    async with database.transaction() as tx:
        counts = await support.counts(tx, now - CODES_OF)
    files = {"README.txt": ABOUT.format(at=now), "installation.json": _json(counts)}
    for name in services.names:
        try:
            facts = await services.support(name)
        except ServiceAway as error:
            files[f"services/{name}.json"] = _json({"service": name, "away": str(error)})
            continue
        files[f"logs/{facts.process}.log"] = "".join(f"{line}\n" for line in facts.log)
        files[f"metrics/{facts.process}.txt"] = facts.metrics
        files[f"services/{name}.json"] = _json(facts.model_dump(exclude={"log", "metrics"}))
    return files


def zipped(files: Mapping[str, str]) -> bytes:
    archive = io.BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return archive.getvalue()


def _json(content: Any) -> str:
    return exact_json.dumps(content)
