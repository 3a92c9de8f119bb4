"""What a migration calls to put the wall between tenants around a table (`store.walls` says what it does).

Called by migrations, so it is history and never changes: another kind of wall comes as another function.
"""

from collections.abc import Mapping

from alembic import op

_CONFINED_TO = "coalesce(current_setting('tieout.tenant', true), '')"


def wall_of_tenant(table: str) -> None:
    """Around a table with a `tenant_id`."""
    _wall(table, f"{_CONFINED_TO} IN ('', tenant_id)")


def wall_of_parents(table: str, key: str, parents: Mapping[str, str]) -> None:
    """Around a table whose rows belong to the tenant of their parent, which has a wall of its own.

    `parents`: the tables in which the parent may be, each with the column that the row's `key` names.
    """
    seen = (
        f"EXISTS (SELECT FROM {parent} WHERE {parent}.{named} = {table}.{key})" for parent, named in parents.items()
    )
    _wall(table, " OR ".join([f"{_CONFINED_TO} = ''", *seen]))


def _wall(table: str, allowed: str) -> None:
    op.execute(f"CREATE POLICY tenant_wall ON {table} USING ({allowed}) WITH CHECK ({allowed})")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
