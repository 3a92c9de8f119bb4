"""The support bundle: for whoever runs the installation, to look at or to pass on."""

from fastapi import APIRouter, Response

from tieout_config_api.auditing import INSTALLATION
from tieout_config_api.public.dead_letters import InServices
from tieout_config_api.public.door import InAudit, InRooms
from tieout_config_api.support import gathered, zipped

router = APIRouter(tags=["support"])
ZIP = "application/zip"


@router.get(
    "/support-bundle",
    response_class=Response,
    responses={200: {"content": {ZIP: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def read_support_bundle(rooms: InRooms, services: InServices, audit: InAudit) -> Response:
    """An archive: versions, settings without secrets, health, schema revisions, counts, open dead letters without what
    they hold, figures of leases, budgets and the bus, and the last lines of the logs, masked (F257)."""
    now = rooms.clock.now()
    files = await gathered(rooms.database, services, now)
    async with rooms.database.transaction() as tx:
        told = {"files": sorted(files)}
        await audit.write(tx, INSTALLATION, "support.bundled", "installation", INSTALLATION, after=told)
    headers = {"Content-Disposition": f'attachment; filename="tieout-support-{now:%Y%m%dT%H%M%SZ}.zip"'}
    return Response(zipped(files), media_type=ZIP, headers=headers)
