"""The audit: who did what, on what, when, and what it was before; chained by hash per tenant.

An entry is written in the transaction of the act itself, so that neither is there without the other. It names the hash
of the entry before it: an entry that was altered, left out or put in later breaks the chain from there on.

Write an entry last in its transaction: it holds the head of the tenant's chain until the commit, and whoever waits for
it should wait for nothing else.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal

from pydantic import BaseModel, SecretStr
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis import exact_json
from tieout_chassis.clock import Clock
from tieout_chassis.telemetry import is_secret_name
from tieout_config_api.store import Row, audit

INSTALLATION = "*"
"""The chain of what belongs to no tenant; no tenant can have this id."""
FIRST_HASH = "0" * 64
LARGEST_NUMBER = 2**63 - 1
TOLD_MAX_CHARS = 32_000
"""The most that `before` or `after` may hold each; what is longer is told by its hash."""
_ACTION = re.compile(r"^[a-z_]{1,40}\.[a-z_]{1,40}$")
_HASHED = (
    "tenant_id",
    "number",
    "at",
    "actor_kind",
    "actor",
    "actor_name",
    "action",
    "subject",
    "subject_id",
    "before",
    "after",
    "previous_hash",
)
Told = Mapping[str, Any] | BaseModel


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `id` never changes (a person's, a key's, a service's name); `name` is what she was called then."""

    kind: Literal["person", "key", "service"]
    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Audit:
    """Writes entries of one actor."""

    clock: Clock
    actor: Actor

    async def write(
        self,
        tx: AsyncConnection,
        tenant_id: str,
        action: str,
        subject: str,
        subject_id: object,
        *,
        before: Told | None = None,
        after: Told | None = None,
    ) -> int:
        """The entry's number in the tenant's chain.

        `action` is `subject.done`, such as `company.armed`; `subject` and `subject_id` what it was done to. `before`
        and `after` may be request bodies: secrets are left out by their type and by their names.
        """
        if not _ACTION.match(action):
            raise ValueError(f"{action!r} names no action: write it as subject.done")
        number, previous = await audit.hold_head(tx, tenant_id, FIRST_HASH)
        entry: dict[str, Any] = {
            "tenant_id": tenant_id,
            "number": number + 1,
            "at": self.clock.now().astimezone(UTC),
            "actor_kind": self.actor.kind,
            "actor": self.actor.id,
            "actor_name": self.actor.name,
            "action": action,
            "subject": subject,
            "subject_id": str(subject_id),
            "before": told(before),
            "after": told(after),
            "previous_hash": previous,
        }
        await audit.append(tx, entry | {"hash": hash_of(entry)})
        return number + 1


def hash_of(entry: Row) -> str:
    """SHA-256 over every field of an entry but its own hash, in a fixed order, as JSON."""
    fields = [entry[name] for name in _HASHED]
    fields[_HASHED.index("at")] = entry["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return hashlib.sha256(exact_json.dumps(fields).encode()).hexdigest()


def told(what: Told | None) -> str | None:
    """What an entry keeps of a body: no secret, and no more than fits."""
    if what is None:
        return None
    text = exact_json.dumps(without_secrets(what.model_dump() if isinstance(what, BaseModel) else what))
    if len(text) <= TOLD_MAX_CHARS:
        return text
    return exact_json.dumps({"too_long": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()})


def without_secrets(value: Any) -> Any:
    """The same with every secret replaced by whether there is one (F201, I-8)."""
    if isinstance(value, SecretStr):
        return _set(value.get_secret_value())
    if isinstance(value, BaseModel):
        return without_secrets(value.model_dump())
    if isinstance(value, Mapping):
        return {
            str(name): _set(each) if is_secret_name(str(name)) and not isinstance(each, bool) else without_secrets(each)
            for name, each in value.items()
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [without_secrets(each) for each in value]
    return value


def _set(secret: object) -> str:
    return "set" if secret else "not set"


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry that does not fit, and why."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A stretch of a chain. `number` and `hash`: its last sound entry; `head`: how long the chain is said to be."""

    number: int
    hash: str
    head: int
    broken: Break | None

    @property
    def complete(self) -> bool:
        return self.broken is not None or self.number >= self.head


async def check(
    tx: AsyncConnection, tenant_id: str, *, after: int = 0, follows: str = FIRST_HASH, limit: int
) -> Checked:
    """Check up to `limit` entries that follow the entry `after`, whose hash was `follows`."""
    head = await audit.head(tx, tenant_id)
    upto = head["number"] if head else LARGEST_NUMBER
    rows = await audit.links(tx, tenant_id, after=after, upto=upto, limit=limit)
    if head is None:
        return Checked(after, follows, 0, Break(1, "the chain's head is missing") if rows else None)
    number, last, broken = _follow(rows, after, follows)
    if broken is None and len(rows) < limit:
        broken = _cut_off(head, number, last)
    return Checked(number, last, upto, broken)


def _follow(rows: Sequence[Row], number: int, last: str) -> tuple[int, str, Break | None]:
    for row in rows:
        if row["number"] != number + 1:
            return number, last, Break(number + 1, "the entry is missing")
        if row["previous_hash"] != last:
            return number, last, Break(row["number"], "it does not name the hash of the entry before it")
        if row["hash"] != hash_of(row):
            return number, last, Break(row["number"], "its content is not what was written")
        number, last = row["number"], row["hash"]
    return number, last, None


def _cut_off(head: Row, number: int, last: str) -> Break | None:
    """The chain ends where its head says, or something is missing at its end."""
    if number < head["number"]:
        return Break(number + 1, "the entry is missing")
    return None if head["hash"] == last else Break(number, "it is not the entry that the chain's head names")
