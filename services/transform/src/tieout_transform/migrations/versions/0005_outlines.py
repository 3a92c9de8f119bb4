"""What stands posted, without its texts: what a change of it is compared with."""

from alembic import op

revision = "transform_0005"
down_revision = "transform_0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    "ALTER TABLE planning ADD COLUMN outline bytea",
    "ALTER TABLE planning ADD COLUMN outlined uuid",
    "ALTER TABLE planning ADD COLUMN posted uuid",
    "ALTER TABLE planning ADD COLUMN posted_outline bytea",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
