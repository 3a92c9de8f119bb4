"""The writer's first tables: the engine's, in this ledger's own schema."""

from alembic import op
from alembic.operations import Operations

from tieout_chassis.tables import create_chassis_tables
from tieout_posting.migration import create_posting_tables

revision = "qbo_writer_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_chassis_tables(op)
    create_posting_tables(Operations(op.get_context()))
    # QuickBooks Online takes a number twice, so that we ask our own rows for it before every creation.
    op.execute("CREATE INDEX intent_of_number ON intent (tenant_id, organisation_id, lower(number))")
