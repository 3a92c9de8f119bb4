"""Where a service's version scripts are, and in which order they go."""

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from alembic.script import ScriptDirectory

from tieout_chassis.database import role_of, schema_of


@dataclass(frozen=True)
class ServiceMigrations:
    """`package` (its name, or a folder) has the version scripts of `service` in `versions/`, with one head."""

    service: str
    package: str | Path

    @property
    def schema(self) -> str:
        return schema_of(self.service)

    @property
    def role(self) -> str:
        return role_of(self.service)

    @cached_property
    def scripts(self) -> ScriptDirectory:
        folder = self.package if isinstance(self.package, Path) else Path(str(files(self.package)))
        return ScriptDirectory(str(folder), version_locations=[str(folder / "versions")])

    @property
    def head(self) -> str:
        head = self.scripts.get_current_head()
        if head is None:
            raise LookupError(f"{self.package}: there is no version script")
        return head

    @property
    def known(self) -> frozenset[str]:
        return frozenset(script.revision for script in self.scripts.walk_revisions())


SHARED = ServiceMigrations(service="bus", package="tieout_chassis.migrations")
"""The two shared schemas, `bus` and `limits`; their version is kept in `bus`."""
