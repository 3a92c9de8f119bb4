"""The log of calls to ConnectWise, of tenants that switched it on."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE call_log_switch (
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        enabled BOOLEAN NOT NULL,
        cleared_at TIMESTAMP WITH TIME ZONE,
        dropped BIGINT NOT NULL DEFAULT 0,
        PRIMARY KEY (tenant_id)
    )
    """,
    """
    CREATE TABLE logged_call (
        number BIGINT GENERATED ALWAYS AS IDENTITY,
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        connection_id TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        method TEXT NOT NULL,
        status INTEGER,
        address BYTEA NOT NULL,
        bodies BYTEA NOT NULL,
        PRIMARY KEY (number)
    )
    """,
    "CREATE INDEX logged_call_of_tenant ON logged_call (tenant_id, number)",
    "CREATE INDEX logged_call_by_age ON logged_call (at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
