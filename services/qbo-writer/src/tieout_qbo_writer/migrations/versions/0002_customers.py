"""What the ledger was told of each customer."""

from alembic import op
from alembic.operations import Operations

from tieout_posting.migration import create_customer_table

revision = "qbo_writer_0002"
down_revision = "qbo_writer_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_customer_table(Operations(op.get_context()))
