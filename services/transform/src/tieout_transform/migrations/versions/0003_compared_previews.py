"""Previews that a writer compares with its ledger."""

from alembic import op

revision = "transform_0003"
down_revision = "transform_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE preview ADD COLUMN compare boolean NOT NULL DEFAULT false")
