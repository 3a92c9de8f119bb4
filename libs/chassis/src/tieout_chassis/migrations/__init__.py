"""Schemas and their versions: Alembic per service, run from code, without an alembic.ini or env.py.

A service's package has a folder `migrations` of version scripts beside its `ServiceMigrations`:

    MIGRATIONS = ServiceMigrations(service="ingest", package="tieout_ingest.migrations")

Change is expand first, contract a release later: a service refuses an older schema and accepts a newer one, so that
old and new copies run side by side. A script runs with its service's schema as search path; it names no schema.
"""

from tieout_chassis.migrations.check import SchemaTooOld, check_schema, current
from tieout_chassis.migrations.scripts import SHARED, ServiceMigrations
from tieout_chassis.migrations.upgrade import upgrade

__all__ = ["SHARED", "SchemaTooOld", "ServiceMigrations", "check_schema", "current", "upgrade"]
