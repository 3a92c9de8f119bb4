"""Whose evidence it is, as rows: behind a wall PostgreSQL searches an index only by operators that leak nothing, and
those of arrays may.

Evidence that is too old is found tenant by tenant.
"""

from alembic import op

from tieout_config_api.migrations.walls import wall_of_tenant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE evidence_record (
        tenant_id TEXT NOT NULL,
        company_id TEXT NOT NULL,
        record TEXT NOT NULL,
        number BIGINT NOT NULL REFERENCES evidence (number) ON DELETE CASCADE,
        PRIMARY KEY (tenant_id, company_id, record, number)
    )
    """,
    "CREATE INDEX evidence_record_by_number ON evidence_record (number)",
    """
    INSERT INTO evidence_record (tenant_id, company_id, record, number)
    SELECT DISTINCT tenant_id, company_id, unnest(records), number FROM evidence
    """,
    "DROP INDEX evidence_of_record",
    "ALTER TABLE evidence DROP COLUMN records",
    "DROP INDEX evidence_by_age",
    "CREATE INDEX evidence_by_age ON evidence (tenant_id, kept_at)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
    wall_of_tenant("evidence_record")
