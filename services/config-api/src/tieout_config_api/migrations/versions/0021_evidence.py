"""Evidence of records, for tenants that choose to keep it."""

from alembic import op

from tieout_config_api.migrations.walls import wall_of_tenant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE evidence_setting (
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        version INTEGER NOT NULL,
        enabled BOOLEAN NOT NULL,
        days INTEGER NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (tenant_id)
    )
    """,
    """
    CREATE TABLE evidence (
        number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        company_id TEXT NOT NULL,
        records TEXT[] NOT NULL,
        part TEXT NOT NULL,
        subject TEXT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        kept_at TIMESTAMP WITH TIME ZONE NOT NULL,
        body BYTEA NOT NULL,
        UNIQUE (tenant_id, part, subject)
    )
    """,
    "ALTER TABLE evidence ALTER COLUMN body SET STORAGE EXTERNAL",
    "CREATE INDEX evidence_of_record ON evidence USING gin (records)",
    "CREATE INDEX evidence_by_age ON evidence (kept_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    for table in ("evidence_setting", "evidence"):
        wall_of_tenant(table)
