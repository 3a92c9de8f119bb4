"""When a callback last hinted at a change in ConnectWise."""

from alembic import op

revision = "ingest_0005"
down_revision = "ingest_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE connection ADD COLUMN hinted_at TIMESTAMP WITH TIME ZONE")
