"""The writer's schema, script by script."""

from tieout_chassis.migrations import ServiceMigrations

MIGRATIONS = ServiceMigrations(service="xero-writer", package="tieout_xero_writer.migrations")
