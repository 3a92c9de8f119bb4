"""Ingest's first tables."""

from alembic import op

from tieout_chassis.tables import create_chassis_tables

revision = "ingest_0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE connection (
        connection_id text PRIMARY KEY,
        tenant_id text NOT NULL,
        listed_at timestamptz,
        next_list_at timestamptz,
        failures integer NOT NULL DEFAULT 0,
        pause text CHECK (pause IN ('refused', 'unreachable', 'throttled')),
        paused_at timestamptz
    )
    """,
    """
    CREATE TABLE run (
        run_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        company_id text NOT NULL,
        connection_id text,
        requested_at timestamptz NOT NULL,
        requested_by uuid,
        state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'capturing', 'done')),
        unposted integer NOT NULL DEFAULT 0,
        captured integer NOT NULL DEFAULT 0,
        listed integer NOT NULL DEFAULT 0,
        unrouted integer NOT NULL DEFAULT 0,
        refused integer NOT NULL DEFAULT 0,
        problems jsonb NOT NULL DEFAULT '[]',
        told text,
        news_event_id uuid,
        news_at timestamptz,
        news_left integer NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX run_open ON run (connection_id) WHERE state <> 'done'",
    "CREATE INDEX run_news ON run (connection_id) WHERE news_left > 0",
    """
    CREATE TABLE record (
        connection_id text NOT NULL,
        kind text NOT NULL,
        record_id bigint NOT NULL,
        tenant_id text NOT NULL,
        company_id text NOT NULL,
        number text NOT NULL,
        invoice_type text NOT NULL,
        location_id bigint NOT NULL,
        document_date date,
        total numeric,
        currency text,
        closed_at timestamptz,
        seen text NOT NULL,
        state text NOT NULL,
        revision text,
        preview boolean NOT NULL DEFAULT false,
        outcome text,
        posted_revision text,
        posting_id uuid,
        settled_by uuid,
        batch_check text NOT NULL DEFAULT 'same' CHECK (batch_check IN ('same', 'content', 'nothing')),
        batch_number integer NOT NULL DEFAULT 0,
        batch_identifier text,
        batch_sent_at timestamptz,
        skipped boolean NOT NULL DEFAULT false,
        retried boolean NOT NULL DEFAULT false,
        attempts integer NOT NULL DEFAULT 0,
        due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        run_id uuid,
        traceparent text,
        news_event_id uuid,
        news_at timestamptz,
        news_left integer NOT NULL DEFAULT 0,
        news_wait_s numeric,
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (connection_id, kind, record_id)
    )
    """,
    "CREATE INDEX record_of_company ON record (company_id, kind, record_id)",
    "CREATE INDEX record_to_do ON record (connection_id, due_at) WHERE state IN ('found', 'to_batch')",
    """
    CREATE INDEX record_unfinished ON record (connection_id) WHERE state NOT IN ('batched', 'batched_elsewhere', 'gone')
    """,
    "CREATE INDEX record_of_run ON record (run_id) WHERE state = 'found'",
    "CREATE INDEX record_news ON record (connection_id, news_at) WHERE news_left > 0",
    """
    CREATE TABLE capture (
        connection_id text NOT NULL,
        kind text NOT NULL,
        record_id bigint NOT NULL,
        revision text NOT NULL,
        tenant_id text NOT NULL,
        fingerprint jsonb NOT NULL,
        sealed bytea,
        captured_at timestamptz NOT NULL,
        PRIMARY KEY (connection_id, kind, record_id, revision)
    )
    """,
    "ALTER TABLE capture ALTER COLUMN sealed SET STORAGE EXTERNAL",
    "CREATE INDEX capture_with_body ON capture (captured_at) WHERE sealed IS NOT NULL",
    """
    CREATE TABLE heard (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        connection_id text NOT NULL,
        kind text NOT NULL,
        record_id bigint NOT NULL,
        word text NOT NULL,
        revision text,
        posting_id uuid,
        document_status text,
        event_id uuid NOT NULL,
        traceparent text
    )
    """,
    "CREATE INDEX heard_of_connection ON heard (connection_id, id)",
)


def upgrade() -> None:
    connection = op.get_bind()
    create_chassis_tables(op)
    for statement in TABLES:
        connection.exec_driver_sql(statement)
