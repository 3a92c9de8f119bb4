"""The stage: a month's data, the simulators, and what a bookkeeper and an integrator set up once.

The bench and the end-to-end tests stand on the same stage with other months.
"""

import re
from collections.abc import Callable, Iterator, Mapping
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
    ledgers: tuple[Simulator, ...]
    """Those that the month's companies post to."""

    @property
    def xero(self) -> Simulator:
        return self.ledger("xero")

    def ledger(self, name: str) -> Simulator:
        (found,) = (each for each in self.ledgers if each.name == name)
        return found

    @property
    def companies(self) -> dict[str, Mapping[str, Any]]:
        """Company id to settings."""
        return {company_id(one["name"]): one for one in self.month.expected["settings"]["companies"]}

    @property
    def simulators(self) -> tuple[Simulator, ...]:
        return self.connectwise, *self.ledgers


@contextmanager
def on_stage(month: Month, folder: Path, *, latency_ms: int = 0) -> Iterator[Scene]:
    """The simulators in their own processes, loaded with the month."""
    month.write(folder)
    with ExitStack() as stack:
        started = [
            stack.enter_context(Simulator(name, data=folder / f"{name}.json", latency_ms=latency_ms))
            for name in ("connectwise", *month.ledgers)
        ]
        connectwise, *ledgers = (simulator.ready() for simulator in started)
        yield Scene(month, connectwise, tuple(ledgers))


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
    found: dict[str, dict[str, Any]] = {}
    for settings in scene.companies.values():
        found[settings["connectwise_connection"]] = _to_connectwise(scene)
        found[settings["ledger_connection"]] = _TO_LEDGER[settings["ledger"]](scene, settings["organisation_id"])
    return found


def _to_connectwise(scene: Scene) -> dict[str, Any]:
    server = scene.month.connectwise["server"]
    return {
        "kind": "connectwise",
        "site": scene.connectwise.url,
        "login_company": server["company_id"],
        "public_key": server["public_key"],
        "private_key": server["private_key"],
        "client_id": server["client_id"],
    }


def _to_xero(scene: Scene, organisation_id: str) -> dict[str, Any]:
    app, url = scene.month.xero["app"], scene.ledger("xero").url
    return {
        "kind": "xero",
        "api_url": url,
        "identity_url": url,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "day_limit": app["day_limit"],
    }


def _to_qbo(scene: Scene, organisation_id: str) -> dict[str, Any]:
    app, url = scene.month.qbo["app"], scene.ledger("qbo").url
    (company,) = (each for each in scene.month.qbo["companies"] if each["realmId"] == organisation_id)
    return {
        "kind": "qbo",
        "api_url": url,
        "identity_url": url,
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
        "refresh_token": company["refresh_token"],
    }


_TO_LEDGER: Mapping[str, Callable[[Scene, str], dict[str, Any]]] = {"xero": _to_xero, "qbo": _to_qbo}
