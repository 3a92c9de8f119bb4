"""Doors for the callbacks of providers, and how their registration stands."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE callback_door (
        connection_id TEXT PRIMARY KEY REFERENCES connection (connection_id) ON DELETE CASCADE,
        tenant_id TEXT NOT NULL,
        provider TEXT NOT NULL CHECK (provider IN ('connectwise', 'xero', 'qbo')),
        enabled BOOLEAN NOT NULL DEFAULT true,
        token_digest TEXT NOT NULL UNIQUE,
        secret BYTEA NOT NULL,
        next_check_at TIMESTAMP WITH TIME ZONE NOT NULL,
        holder UUID,
        leased_until TIMESTAMP WITH TIME ZONE,
        checked_at TIMESTAMP WITH TIME ZONE,
        problem JSONB
    )
    """,
    "CREATE INDEX callback_door_by_check ON callback_door (next_check_at) WHERE provider = 'connectwise'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
