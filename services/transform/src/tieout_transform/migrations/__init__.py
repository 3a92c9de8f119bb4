"""Transform's schema, script by script."""

from tieout_chassis.migrations import ServiceMigrations

MIGRATIONS = ServiceMigrations(service="transform", package="tieout_transform.migrations")
