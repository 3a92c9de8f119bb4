"""The writer's schema, script by script."""

from tieout_chassis.migrations import ServiceMigrations

MIGRATIONS = ServiceMigrations(service="qbo-writer", package="tieout_qbo_writer.migrations")
