"""What is in the ledger already, and what people said of it."""

from alembic import op
from alembic.operations import Operations

from tieout_posting.migration import create_cutover_tables

revision = "xero_writer_0003"
down_revision = "xero_writer_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_cutover_tables(Operations(op.get_context()))
