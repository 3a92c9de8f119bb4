"""How the renewal of each connection's access token stands."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE token_renewal (
            connection_id TEXT NOT NULL,
            holder UUID,
            leased_until TIMESTAMP WITH TIME ZONE,
            failures INTEGER DEFAULT 0 NOT NULL,
            not_before TIMESTAMP WITH TIME ZONE,
            problem JSONB,
            reconnect_since TIMESTAMP WITH TIME ZONE,
            reconnect_by TIMESTAMP WITH TIME ZONE,
            PRIMARY KEY (connection_id),
            FOREIGN KEY(connection_id) REFERENCES connection (connection_id)
        )
    """)
