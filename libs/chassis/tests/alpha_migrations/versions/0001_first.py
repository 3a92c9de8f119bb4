"""The tables of `alpha`, a service that exists in tests only."""

import sqlalchemy as sa
from alembic import op

from tieout_chassis.tables import create_chassis_tables

revision = "alpha_0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "note",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("body", sa.dialects.postgresql.JSONB),
    )
    op.create_table("counter", sa.Column("name", sa.Text, primary_key=True), sa.Column("n", sa.Integer, nullable=False))
