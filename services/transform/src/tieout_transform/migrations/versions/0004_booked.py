"""What down payments and progress invoices were booked with, for the documents that take them off again."""

from alembic import op

revision = "transform_0004"
down_revision = "transform_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE planning ADD COLUMN booked jsonb")
