"""Codes by mail as the second factor, where a tenant takes them (K32)."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE tenant_access ADD COLUMN email_codes BOOLEAN NOT NULL DEFAULT false",
    """
    CREATE TABLE email_code (
        person_id UUID PRIMARY KEY REFERENCES person (person_id) ON DELETE CASCADE,
        code_hash BYTEA NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX email_code_by_end ON email_code (expires_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
