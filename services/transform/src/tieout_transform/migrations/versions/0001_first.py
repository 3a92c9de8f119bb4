"""Transform's first tables."""

from alembic import op

from tieout_chassis.tables import create_chassis_tables

revision = "transform_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE planning (
        tenant_id text NOT NULL,
        company_id text NOT NULL,
        kind text NOT NULL,
        record_id bigint NOT NULL,
        number text NOT NULL,
        revision text NOT NULL,
        document_date date,
        currency text,
        total numeric,
        tax numeric,
        state text NOT NULL
            CHECK (state IN ('pending', 'waiting', 'planned', 'refused', 'settled', 'closed', 'dropped')),
        cause text,
        disposition text CHECK (disposition IN ('post', 'preview')),
        outcome text,
        posting_id uuid,
        plan_hash text,
        settings_version integer,
        reference_version integer,
        codes jsonb NOT NULL DEFAULT '[]',
        sealed bytea,
        captured_by uuid,
        traceparent text,
        captured_at timestamptz,
        dropped_at timestamptz,
        due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        attempts integer NOT NULL DEFAULT 0,
        news_event_id uuid,
        news_at timestamptz,
        news_left integer NOT NULL DEFAULT 0,
        news_wait_s numeric,
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, company_id, kind, record_id),
        CONSTRAINT planning_waits_with_a_cause CHECK (state <> 'waiting' OR cause IS NOT NULL)
    )
    """,
    "ALTER TABLE planning ALTER COLUMN sealed SET STORAGE EXTERNAL",
    "CREATE INDEX planning_due ON planning (due_at) WHERE state IN ('pending', 'waiting')",
    "CREATE INDEX planning_news ON planning (news_at) WHERE news_left > 0",
    "CREATE INDEX planning_refused ON planning (changed_at) WHERE state = 'refused' AND sealed IS NOT NULL",
    """
    CREATE TABLE reference (
        tenant_id text NOT NULL,
        organisation_id text NOT NULL,
        version integer NOT NULL,
        body text NOT NULL,
        read_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, organisation_id)
    )
    """,
    """
    CREATE TABLE company (
        tenant_id text NOT NULL,
        company_id text NOT NULL,
        settings_version integer NOT NULL,
        PRIMARY KEY (tenant_id, company_id)
    )
    """,
)


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in TABLES:
        op.execute(statement)
