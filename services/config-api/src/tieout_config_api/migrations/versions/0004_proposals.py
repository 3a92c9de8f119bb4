"""Previews that were compared with the ledger: what is there already, proposed for linking."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE preview ADD COLUMN compare BOOLEAN NOT NULL DEFAULT false",
    "ALTER TABLE preview ADD COLUMN proposals INTEGER",
    """
    CREATE TABLE proposed_contact (
        preview_id UUID NOT NULL REFERENCES preview (preview_id) ON DELETE CASCADE,
        contact_number TEXT NOT NULL,
        finding TEXT NOT NULL,
        body BYTEA NOT NULL,
        decision TEXT CHECK (decision IN ('approved', 'refused')),
        ledger_id TEXT,
        PRIMARY KEY (preview_id, contact_number)
    )
    """,
    """
    CREATE TABLE proposed_document (
        preview_id UUID NOT NULL REFERENCES preview (preview_id) ON DELETE CASCADE,
        kind TEXT NOT NULL,
        record_id BIGINT NOT NULL,
        number TEXT NOT NULL,
        finding TEXT NOT NULL,
        document JSONB,
        problems JSONB NOT NULL DEFAULT '[]',
        approved BOOLEAN NOT NULL DEFAULT false,
        PRIMARY KEY (preview_id, kind, record_id)
    )
    """,
    "CREATE INDEX proposed_document_in_order ON proposed_document (preview_id, number, kind, record_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
