"""Runs that only look, and plans that a person approved."""

from alembic import op

revision = "ingest_0002"
down_revision = "ingest_0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE run ADD COLUMN preview boolean NOT NULL DEFAULT false",
    "ALTER TABLE record ADD COLUMN approved_plan text",
    "ALTER TABLE heard ADD COLUMN plan_hash text",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
