"""The walls between tenants that PostgreSQL itself keeps: row-level security, beside the queries' own conditions (I-7).

A request that names a tenant works on a database that is confined to it (`within`): whatever a route asks for, rows of
others are not there, and none can be written. The service's own work (events, renewals, what is not about one tenant)
is not confined. The role that the service works under owns none of these tables, and the policies hold for their owner
too (FORCE), so no statement of ours can take them away.

A new table gets its wall in the migration that makes it (`migrations.walls`).
"""

from collections.abc import Mapping

from tieout_chassis.database import Database

_OF_A_PERSON = "a person may belong to several tenants, and is known before it is known what is asked for"
WITHOUT_WALL: Mapping[str, str] = {
    "person": _OF_A_PERSON,
    "membership": "who belongs to another tenant, too, is not changed by the admin of one",
    "recovery_code": _OF_A_PERSON,
    "email_code": _OF_A_PERSON,
    "session": _OF_A_PERSON,
    "mailed_link": _OF_A_PERSON,
    "attempt": "counts attempts to sign in, of whoever it was",
    "kept_answer": "kept for whoever asked, under a key that only they know; asked for before the route is",
    "installation_key": "what seals every tenant's keys",
    "mail": "what is to be sent, to whoever it is",
}
"""Tables whose rows no tenant owns, and why."""


def within(database: Database, tenant_id: str) -> Database:
    """The same database, where only the tenant's rows are to be seen and written."""
    return database.confined("tieout.tenant", tenant_id)
