"""A writer's second migration."""

from alembic import op

from tieout_posting.migration import create_customer_table

revision = "writer_0002"
down_revision = "writer_0001"


def upgrade() -> None:
    create_customer_table(op)
