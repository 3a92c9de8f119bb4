"""Records that a run which only looks is to capture, though they are older than the go-live date."""

from alembic import op

revision = "ingest_0004"
down_revision = "ingest_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE run ADD COLUMN named jsonb NOT NULL DEFAULT '[]'")
