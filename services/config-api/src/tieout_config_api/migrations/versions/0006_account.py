"""A tenant's profile and limits, when each record first succeeded, and how often the REST API was asked."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE tenant_profile (
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        profile JSONB NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (tenant_id)
    )
    """,
    """
    CREATE TABLE tenant_limit (
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        max_companies INTEGER,
        max_records_per_month INTEGER,
        features_off JSONB NOT NULL DEFAULT '[]',
        suspended_at TIMESTAMP WITH TIME ZONE,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (tenant_id)
    )
    """,
    """
    CREATE TABLE api_usage (
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        month DATE NOT NULL,
        requests BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, month)
    )
    """,
    "ALTER TABLE record ADD COLUMN posted_at TIMESTAMP WITH TIME ZONE",
    "UPDATE record SET posted_at = settled_at WHERE outcome = 'posted'",
    """
    CREATE INDEX record_by_success ON record (tenant_id, posted_at, company_id, kind, ledger_calls)
    WHERE posted_at IS NOT NULL
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
