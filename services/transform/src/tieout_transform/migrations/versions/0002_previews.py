"""Previews that were asked for, the plans to compare them with, and what a person approved."""

from alembic import op

revision = "transform_0002"
down_revision = "transform_0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE planning ADD COLUMN preview boolean NOT NULL DEFAULT false",
    "ALTER TABLE planning ADD COLUMN approved_plan text",
    "ALTER TABLE planning ADD COLUMN plan bytea",
    "ALTER TABLE planning ALTER COLUMN plan SET STORAGE EXTERNAL",
    """
    CREATE INDEX planning_previewed ON planning (changed_at) WHERE disposition = 'preview' AND plan IS NOT NULL
    """,
    """
    CREATE TABLE preview (
        preview_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        company_id text NOT NULL,
        record_refs jsonb NOT NULL DEFAULT '[]',
        settings bytea,
        after_kind text NOT NULL DEFAULT '',
        after_id bigint NOT NULL DEFAULT 0,
        told integer NOT NULL DEFAULT 0,
        requested_by uuid NOT NULL,
        requested_at timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
