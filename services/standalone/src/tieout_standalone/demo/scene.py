"""The stage: a month's data, both simulators, and what a bookkeeper and an integrator set up once.

The bench and the end-to-end tests stand on the same stage with other months.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tieout_simulators.month import Month
from tieout_standalone.client import ApiClient
from tieout_standalone.process import Simulator

TENANT = "harbourline"


@dataclass(frozen=True)
class Scene:
    month: Month
    connectwise: Simulator
    xero: Simulator

    @property
    def companies(self) -> dict[str, Mapping[str, Any]]:
        """Company id to settings."""
        return {company_id(one["name"]): one for one in self.month.expected["settings"]["companies"]}

    @property
    def simulators(self) -> tuple[Simulator, Simulator]:
        return self.connectwise, self.xero


@contextmanager
def on_stage(month: Month, folder: Path, *, latency_ms: int = 0) -> Iterator[Scene]:
    """Both simulators in their own processes, loaded with the month."""
    month.write(folder)
    with ExitStack() as stack:
        started = [
            stack.enter_context(Simulator(name, data=folder / f"{name}.json", latency_ms=latency_ms))
            for name in ("connectwise", "xero")
        ]
        yield Scene(month, *(simulator.ready() for simulator in started))


async def script_the_month(scene: Scene) -> None:
    """What people do in the providers while the run is under way: a batch by hand, an invoice edited."""
    for simulator in scene.simulators:
        rules = scene.month.expected["fault_rules"].get(simulator.name)
        if rules:
            await simulator.tell("faults", rules)


async def configure(api: ApiClient, scene: Scene, *, tenant: str = TENANT) -> None:
    """Tenant, connections, companies, and arming each with its go-live date."""
    await api.post("/tenants", {"tenant_id": tenant, "name": "Harbourline IT"})
    for name, connection in _connections(scene).items():
        await api.put(f"/tenants/{tenant}/connections/{name}", connection)
    for identifier, settings in scene.companies.items():
        await api.post(f"/tenants/{tenant}/companies", {"company_id": identifier, "settings": settings})
        arming = {name: settings["arming"][name] for name in ("go_live", "older_records")}
        await api.post(f"/tenants/{tenant}/companies/{identifier}/arm", arming)


def company_id(name: str) -> str:
    """A company's identifier made from its name."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _connections(scene: Scene) -> dict[str, dict[str, Any]]:
    server, app = scene.month.connectwise["server"], scene.month.xero["app"]
    found: dict[str, dict[str, Any]] = {}
    for settings in scene.companies.values():
        found[settings["connectwise_connection"]] = {
            "kind": "connectwise",
            "site": scene.connectwise.url,
            "login_company": server["company_id"],
            "public_key": server["public_key"],
            "private_key": server["private_key"],
            "client_id": server["client_id"],
        }
        found[settings["ledger_connection"]] = {
            "kind": "xero",
            "api_url": scene.xero.url,
            "identity_url": scene.xero.url,
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "day_limit": app["day_limit"],
        }
    return found
