"""The rooms: what routes, and what is decided for them, work with."""

from dataclasses import dataclass, field

import httpx

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_config_api.access.callers import NOBODY, Caller
from tieout_config_api.connectwise.internal_hosts import InternalHosts
from tieout_config_api.people.passwords import Passwords
from tieout_config_api.people.rules import DEFAULT_RULES, AccessRules
from tieout_config_api.vault import Vault


@dataclass(frozen=True)
class Rooms:
    """What routes work with, and for whom."""

    database: Database
    sealer: Sealer
    clock: Clock
    http: httpx.AsyncClient
    page_limit: int
    preview_hours: int = 24
    access: AccessRules = DEFAULT_RULES
    passwords: Passwords = field(default_factory=Passwords)
    internal_hosts: InternalHosts = field(default_factory=InternalHosts)
    caller: Caller = NOBODY
    vault: Vault = field(kw_only=True)
    """Secrets; `sealer` is for what belongs to a tenant and is none."""
