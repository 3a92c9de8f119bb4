"""Consents that several connections share, the flows that bring them, and what an owner is told of her connections."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE consent (
        consent_id TEXT NOT NULL PRIMARY KEY CHECK (consent_id LIKE 'consent:%'),
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id),
        kind TEXT NOT NULL,
        details JSONB NOT NULL,
        secret BYTEA NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL
    )
    """,
    "ALTER TABLE connection ADD COLUMN consent_id TEXT REFERENCES consent (consent_id)",
    "CREATE INDEX connection_by_consent ON connection (consent_id)",
    # A token belongs to a connection, or to the consent that several share.
    "ALTER TABLE access_token DROP CONSTRAINT access_token_connection_id_fkey",
    "ALTER TABLE token_renewal DROP CONSTRAINT token_renewal_connection_id_fkey",
    """
    CREATE TABLE connect_attempt (
        attempt_id UUID NOT NULL PRIMARY KEY,
        state_digest TEXT NOT NULL UNIQUE,
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id),
        kind TEXT NOT NULL,
        connection_id TEXT,
        person TEXT NOT NULL,
        starter TEXT NOT NULL,
        details JSONB NOT NULL,
        secret BYTEA NOT NULL,
        started_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        returned_at TIMESTAMP WITH TIME ZONE,
        consent_id TEXT REFERENCES consent (consent_id) ON DELETE SET NULL,
        organisations JSONB,
        connected JSONB,
        problem JSONB
    )
    """,
    "CREATE INDEX connect_attempt_by_age ON connect_attempt (started_at)",
    """
    CREATE TABLE notice (
        notice_id UUID NOT NULL PRIMARY KEY,
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id),
        about TEXT NOT NULL,
        problem JSONB NOT NULL,
        noticed_at TIMESTAMP WITH TIME ZONE NOT NULL
    )
    """,
    "CREATE INDEX notice_newest ON notice (tenant_id, noticed_at DESC)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
