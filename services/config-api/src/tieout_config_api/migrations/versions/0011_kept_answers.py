"""Answers of requests that carry an Idempotency-Key."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE kept_answer (
        owner TEXT NOT NULL,
        key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        status INTEGER,
        headers JSONB,
        body BYTEA,
        PRIMARY KEY (owner, key)
    )
    """,
    "CREATE INDEX kept_answer_by_expiry ON kept_answer (expires_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
