"""Which month's usage report was mailed last."""

from alembic import op

from tieout_config_api.migrations.walls import wall_of_tenant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE usage_reported (
            tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
            month DATE NOT NULL,
            PRIMARY KEY (tenant_id)
        )
        """
    )
    wall_of_tenant("usage_reported")
