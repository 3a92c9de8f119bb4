"""Ingest's schema, script by script."""

from tieout_chassis.migrations import ServiceMigrations

MIGRATIONS = ServiceMigrations(service="ingest", package="tieout_ingest.migrations")
