"""A writer's fourth migration."""

from alembic import op

from tieout_posting.migration import add_revisions

revision = "writer_0004"
down_revision = "writer_0003"


def upgrade() -> None:
    add_revisions(op)
