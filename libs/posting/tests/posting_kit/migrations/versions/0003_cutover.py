"""A writer's third migration."""

from alembic import op

from tieout_posting.migration import create_cutover_tables

revision = "writer_0003"
down_revision = "writer_0002"


def upgrade() -> None:
    create_cutover_tables(op)
