"""Where secrets rest. Whoever adds a column of secrets adds it here: a rotation walks this list, and a test asks it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tieout_config_api.store.callbacks import callback_door
from tieout_config_api.store.keys import tenant_key
from tieout_config_api.store.people_tables import mail, person
from tieout_config_api.store.tables import (
    access_token,
    connect_attempt,
    connection,
    consent,
    kept_answer,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Of one secret; it opens nowhere else. `tenant_id` is empty for what is the installation's."""

    tenant_id: str
    table: str
    column: str
    row: str

    @property
    def aad(self) -> bytes:
        return f"{self.tenant_id}|{self.table}|{self.row}|{self.column}".encode()


def connection_secret(tenant_id: str, bearer: object) -> Place:
    """Of a connection, of a consent that several share, and of the attempt that brings one: each has an id of its own
    kind, and they are read through one row."""
    return Place(tenant_id, "connection", "secret", str(bearer))


def attempt_secret(tenant_id: str, attempt_id: object) -> Place:
    return connection_secret(tenant_id, attempt_bearer(attempt_id))


def attempt_bearer(attempt_id: object) -> str:
    return f"attempt:{attempt_id}"


def token_place(tenant_id: str, bearer: object) -> Place:
    return Place(tenant_id, "access_token", "sealed_token", str(bearer))


def door_secret(tenant_id: str, connection_id: object) -> Place:
    return Place(tenant_id, "callback_door", "secret", str(connection_id))


def factor_place(_: str, person_id: object) -> Place:
    """People belong to the installation."""
    return Place("", "person", "factor_secret", str(person_id))


def letter_place(_: str, mail_id: object) -> Place:
    return Place("", "mail", "letter", str(mail_id))


def answer_place(_: str, owner: object, key: object) -> Place:
    """Of a request with an Idempotency-Key: some answers tell a secret once."""
    return Place("", "kept_answer", "body", f"{owner}|{key}")


def tenant_key_place(tenant_id: str, key_id: object) -> Place:
    return Place(tenant_id, "tenant_key", "wrapped", str(key_id))


@dataclass(frozen=True, slots=True)
class Vaulted:
    """A column of secrets: `tenant` says whose a row is, `row` which one, and `place` what it is bound to."""

    column: sa.Column[Any]
    row: tuple[sa.Column[Any], ...]
    tenant: sa.ColumnElement[Any]
    place: Callable[..., Place]

    @property
    def table(self) -> sa.Table:
        return self.column.table


def _owner(table: sa.Table, key: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.select(table.c.tenant_id).where(key == access_token.c.connection_id).scalar_subquery()


_OWNER = sa.func.coalesce(_owner(connection, connection.c.connection_id), _owner(consent, consent.c.consent_id))

VAULTED: Sequence[Vaulted] = (
    Vaulted(connection.c.secret, (connection.c.connection_id,), connection.c.tenant_id, connection_secret),
    Vaulted(consent.c.secret, (consent.c.consent_id,), consent.c.tenant_id, connection_secret),
    Vaulted(connect_attempt.c.secret, (connect_attempt.c.attempt_id,), connect_attempt.c.tenant_id, attempt_secret),
    Vaulted(access_token.c.sealed_token, (access_token.c.connection_id,), _OWNER, token_place),
    Vaulted(callback_door.c.secret, (callback_door.c.connection_id,), callback_door.c.tenant_id, door_secret),
    Vaulted(person.c.factor_secret, (person.c.person_id,), sa.literal(""), factor_place),
    Vaulted(mail.c.letter, (mail.c.mail_id,), sa.literal(""), letter_place),
    Vaulted(kept_answer.c.body, (kept_answer.c.owner, kept_answer.c.key), sa.literal(""), answer_place),
    Vaulted(tenant_key.c.wrapped, (tenant_key.c.key_id,), tenant_key.c.tenant_id, tenant_key_place),
)
