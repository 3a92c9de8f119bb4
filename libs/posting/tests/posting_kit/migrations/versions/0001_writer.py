"""A writer's first migration."""

from alembic import op

from tieout_chassis.tables import create_chassis_tables
from tieout_posting.migration import create_posting_tables

revision = "writer_0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    create_posting_tables(op)
