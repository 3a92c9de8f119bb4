"""Version scripts of config-api's schema."""

from tieout_chassis.migrations import ServiceMigrations

MIGRATIONS = ServiceMigrations(service="config-api", package="tieout_config_api.migrations")
