"""Indexes for lists by status and for what still moves, measured with a million records (`make latency`)."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX record_in_status ON record (tenant_id, status, number, company_id, kind, record_id)")
    op.execute(
        """
        CREATE INDEX record_in_motion ON record (company_id, status, run_id)
        WHERE status IN ('captured', 'planned', 'posted')
        """
    )
    op.execute("DROP INDEX record_by_status")
