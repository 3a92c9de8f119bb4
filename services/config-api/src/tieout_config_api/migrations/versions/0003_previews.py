"""Previews: what was asked, and what was told, sealed and for a day only."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE run ADD COLUMN preview BOOLEAN NOT NULL DEFAULT false",
    """
    CREATE TABLE preview (
        preview_id UUID NOT NULL,
        tenant_id TEXT NOT NULL,
        company_id TEXT NOT NULL,
        changed_settings BOOLEAN NOT NULL,
        requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        records INTEGER,
        PRIMARY KEY (preview_id)
    )
    """,
    "CREATE INDEX preview_by_expiry ON preview (expires_at)",
    """
    CREATE TABLE previewed (
        preview_id UUID NOT NULL,
        company_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        record_id BIGINT NOT NULL,
        number TEXT NOT NULL,
        outcome TEXT NOT NULL,
        total NUMERIC,
        currency TEXT,
        plan_hash TEXT,
        body BYTEA,
        approval TEXT CHECK (approval IN ('asked', 'posting', 'changed', 'refused')),
        PRIMARY KEY (preview_id, kind, record_id),
        FOREIGN KEY (preview_id) REFERENCES preview (preview_id) ON DELETE CASCADE
    )
    """,
    "ALTER TABLE previewed ALTER COLUMN body SET STORAGE EXTERNAL",
    "CREATE INDEX previewed_asked ON previewed (company_id, kind, record_id) WHERE approval = 'asked'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
