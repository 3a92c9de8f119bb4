"""How often somebody edited a callback door: the ETag of what is written there and never shown."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE callback_door ADD COLUMN version INTEGER NOT NULL DEFAULT 0")
