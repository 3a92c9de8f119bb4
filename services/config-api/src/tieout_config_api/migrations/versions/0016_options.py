"""A tenant's options."""

from alembic import op

from tieout_config_api.migrations.walls import wall_of_tenant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE tenant_option (
            tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
            version INTEGER NOT NULL,
            options JSONB NOT NULL,
            payment_type_ids JSONB NOT NULL,
            updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
            PRIMARY KEY (tenant_id)
        )
        """
    )
    wall_of_tenant("tenant_option")
