"""What came of each Sync All, family by family."""

from alembic import op

from tieout_config_api.migrations.walls import wall_of_tenant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE sync_all (
            sync_id UUID NOT NULL,
            tenant_id TEXT NOT NULL,
            company_id TEXT NOT NULL,
            requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
            families JSONB NOT NULL,
            PRIMARY KEY (sync_id)
        )
        """
    )
    op.execute("CREATE INDEX sync_all_by_company ON sync_all (tenant_id, company_id, requested_at)")
    wall_of_tenant("sync_all")
