"""The name of a record's location, to say where an unrouted one belongs."""

from alembic import op

revision = "ingest_0003"
down_revision = "ingest_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE record ADD COLUMN location_name text")
