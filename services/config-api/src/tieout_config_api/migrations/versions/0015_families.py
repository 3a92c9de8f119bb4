"""What a run is for."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE run ADD COLUMN family TEXT NOT NULL DEFAULT 'invoices'")
