"""Changes of posted documents."""

from alembic import op
from alembic.operations import Operations

from tieout_posting.migration import add_revisions

revision = "qbo_writer_0004"
down_revision = "qbo_writer_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_revisions(Operations(op.get_context()))
