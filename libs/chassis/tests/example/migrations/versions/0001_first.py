import sqlalchemy as sa
from alembic import op

from tieout_chassis.tables import create_chassis_tables

revision = "example_0001"
down_revision = None


def upgrade() -> None:
    create_chassis_tables(op)
    op.create_table(
        "sighting",
        sa.Column("company_id", sa.Text, primary_key=True),
        sa.Column("record_ref", sa.Text, primary_key=True),
        sa.Column("number", sa.Text, nullable=False),
        sa.Column("tenant_id", sa.Text, nullable=False),
        sa.Column("caused_by", sa.Uuid, nullable=False),
        sa.Column("answered_version", sa.Integer),
    )
