"""Installation keys, tenants' data keys; access tokens are fetched anew, since they are sealed otherwise now."""

from alembic import op

from tieout_config_api.migrations.walls import wall_of_tenant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE installation_key (
        key_id TEXT NOT NULL PRIMARY KEY,
        proof BYTEA NOT NULL,
        current BOOLEAN NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp(),
        retired_at TIMESTAMP WITH TIME ZONE
    )
    """,
    "CREATE UNIQUE INDEX installation_key_current ON installation_key (current) WHERE current",
    """
    CREATE TABLE tenant_key (
        key_id TEXT NOT NULL PRIMARY KEY,
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id),
        wrapped BYTEA NOT NULL,
        current BOOLEAN NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT clock_timestamp()
    )
    """,
    "CREATE UNIQUE INDEX tenant_key_current ON tenant_key (tenant_id) WHERE current",
    "DELETE FROM access_token",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    wall_of_tenant("tenant_key")
