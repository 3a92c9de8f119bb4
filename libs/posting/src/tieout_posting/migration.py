"""What a writer's first migration calls. It is history and never changes: a later change comes as a further function.

`tables` is what the code reads today; a test compares the two.
"""

from alembic.operations import Operations


def create_posting_tables(op: Operations) -> None:
    """Create the first version of the engine's tables in the search path of a writer's migration."""
    connection = op.get_bind()
    for statement in _FIRST:
        connection.exec_driver_sql(statement)


def create_customer_table(op: Operations) -> None:
    """What the ledger was told of each customer (F56)."""
    connection = op.get_bind()
    for statement in _CUSTOMER:
        connection.exec_driver_sql(statement)


def add_revisions(op: Operations) -> None:
    """Changes of posted documents (F53): whose document an intent changes, and what it was when it was posted."""
    columns = ("revises uuid", "content text", "content_before text")
    added = ", ".join(f"ADD COLUMN {column}" for column in columns)
    op.get_bind().exec_driver_sql(f"ALTER TABLE intent {added}")


def create_cutover_tables(op: Operations) -> None:
    """What is in the ledger already, and what people said of it (K24)."""
    connection = op.get_bind()
    for statement in _CUTOVER:
        connection.exec_driver_sql(statement)


_CUTOVER = (
    """
    CREATE TABLE link (
        tenant_id text,
        organisation_id text,
        key text,
        ledger_id text,
        approved boolean NOT NULL,
        person text NOT NULL,
        decided_at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, organisation_id, key, ledger_id)
    )
    """,
    """
    CREATE TABLE comparison (
        preview_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        company_id text NOT NULL,
        organisation_id text NOT NULL,
        records integer,
        contacts bytea,
        tries integer NOT NULL DEFAULT 0,
        asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        told_at timestamptz
    )
    """,
    "CREATE INDEX comparison_untold ON comparison (tenant_id, organisation_id, asked_at) WHERE told_at IS NULL",
    """
    CREATE TABLE candidate (
        preview_id uuid REFERENCES comparison (preview_id) ON DELETE CASCADE,
        record_kind text,
        record_id bigint,
        tenant_id text NOT NULL,
        company_id text NOT NULL,
        number text NOT NULL,
        document_kind text,
        body bytea,
        state text NOT NULL,
        contact_id text,
        proposal jsonb,
        PRIMARY KEY (preview_id, record_kind, record_id)
    )
    """,
    "ALTER TABLE candidate ALTER COLUMN body SET STORAGE EXTERNAL",
    "ALTER TABLE directory ADD COLUMN account_number text",
    """
    CREATE INDEX directory_account ON directory (tenant_id, organisation_id, account_number)
    WHERE account_number IS NOT NULL
    """,
    "CREATE INDEX candidate_of_record ON candidate (tenant_id, company_id, record_kind, record_id)",
    "CREATE INDEX candidate_waits ON candidate (preview_id, document_kind) WHERE state = 'waits'",
)

_CUSTOMER = (
    """
    CREATE TABLE customer (
        tenant_id text,
        organisation_id text,
        key text,
        state text NOT NULL DEFAULT 'due',
        ready_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        told text,
        persons text[] NOT NULL DEFAULT '{}',
        changed_at timestamptz,
        document_date date,
        body bytea,
        sent text,
        bulk_cap integer,
        tries integer NOT NULL DEFAULT 0,
        call_id uuid,
        problem jsonb,
        PRIMARY KEY (tenant_id, organisation_id, key)
    )
    """,
    "CREATE INDEX customer_work ON customer (tenant_id, organisation_id, state) WHERE state <> 'known'",
    "CREATE INDEX customer_problem ON customer (tenant_id, organisation_id) WHERE problem IS NOT NULL",
)

_FIRST = (
    """
    CREATE TABLE organisation (
        tenant_id text,
        organisation_id text,
        connection_id text NOT NULL,
        reference bytea,
        reference_hash text,
        reference_version integer NOT NULL DEFAULT 0,
        reference_read_at timestamptz,
        reference_due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        contacts_due boolean NOT NULL DEFAULT false,
        items_due boolean NOT NULL DEFAULT false,
        failures integer NOT NULL DEFAULT 0,
        waits_until timestamptz,
        problem jsonb,
        PRIMARY KEY (tenant_id, organisation_id)
    )
    """,
    """
    CREATE TABLE company (
        tenant_id text,
        company_id text,
        organisation_id text NOT NULL,
        connection_id text NOT NULL,
        settings_version integer NOT NULL DEFAULT 0,
        mismatched_draft text NOT NULL DEFAULT 'discard',
        published_version integer NOT NULL DEFAULT 0,
        stopped_at_version integer,
        stopped_by text,
        PRIMARY KEY (tenant_id, company_id)
    )
    """,
    """
    CREATE TABLE intent (
        tenant_id text,
        posting_id uuid,
        company_id text NOT NULL,
        organisation_id text NOT NULL,
        document_kind text NOT NULL,
        record_kind text NOT NULL,
        record_id bigint NOT NULL,
        number text NOT NULL,
        revision text NOT NULL,
        plan_hash text NOT NULL,
        settings_version integer NOT NULL,
        tax_mode text NOT NULL,
        currency text NOT NULL,
        tax numeric NOT NULL,
        total numeric NOT NULL,
        planned_at timestamptz NOT NULL,
        caused_by uuid,
        traceparent text,
        document bytea,
        state text NOT NULL,
        step text NOT NULL DEFAULT 'prepare',
        ready_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        look_up text,
        look_first text,
        bulk_cap integer,
        contact_key text,
        needs text[] NOT NULL DEFAULT '{}',
        call_id uuid,
        maybe_sent boolean NOT NULL DEFAULT false,
        document_id text,
        document_status text,
        seen_at timestamptz,
        proposal_id text,
        withdrawn text,
        problems jsonb NOT NULL DEFAULT '[]',
        look_ups integer NOT NULL DEFAULT 0,
        tries integer NOT NULL DEFAULT 0,
        calls integer NOT NULL DEFAULT 0,
        outcome text,
        told text,
        settled_event_id uuid,
        settled_at timestamptz,
        announcements integer NOT NULL DEFAULT 0,
        announce_at timestamptz,
        staged_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, posting_id),
        CONSTRAINT intent_once UNIQUE
            (tenant_id, company_id, document_kind, record_kind, record_id, revision, plan_hash)
    )
    """,
    "ALTER TABLE intent ALTER COLUMN document SET STORAGE EXTERNAL",
    """
    CREATE UNIQUE INDEX intent_one_live ON intent (tenant_id, company_id, document_kind, record_kind, record_id)
    WHERE state IN ('ready', 'sending', 'unknown', 'held', 'posted')
    """,
    """
    CREATE INDEX intent_work ON intent (tenant_id, organisation_id, state, step, ready_at)
    WHERE state IN ('ready', 'sending', 'unknown')
    """,
    "CREATE INDEX intent_of_record ON intent (tenant_id, company_id, record_kind, record_id)",
    "CREATE INDEX intent_announce ON intent (announce_at) WHERE announce_at IS NOT NULL",
    """
    CREATE TABLE shared (
        tenant_id text,
        organisation_id text,
        key text,
        kind text NOT NULL,
        code text NOT NULL,
        name_hash text NOT NULL,
        state text NOT NULL DEFAULT 'unmatched',
        ready_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ledger_id text,
        fill text[] NOT NULL DEFAULT '{}',
        body bytea,
        bulk_cap integer,
        tries integer NOT NULL DEFAULT 0,
        call_id uuid,
        problem jsonb,
        PRIMARY KEY (tenant_id, organisation_id, key)
    )
    """,
    "CREATE INDEX shared_work ON shared (tenant_id, organisation_id, state) WHERE state <> 'known'",
    """
    CREATE TABLE directory (
        tenant_id text,
        organisation_id text,
        kind text,
        ledger_id text,
        code text,
        name_hash text NOT NULL,
        active boolean NOT NULL,
        filled text[] NOT NULL DEFAULT '{}',
        PRIMARY KEY (tenant_id, organisation_id, kind, ledger_id)
    )
    """,
    "CREATE INDEX directory_code ON directory (tenant_id, organisation_id, kind, code)",
    "CREATE INDEX directory_name ON directory (tenant_id, organisation_id, kind, name_hash)",
    """
    CREATE TABLE canary (
        tenant_id text,
        company_id text,
        document_kind text,
        tax_mode text,
        is_open boolean NOT NULL,
        changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (tenant_id, company_id, document_kind, tax_mode)
    )
    """,
    """
    CREATE TABLE call (
        call_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        organisation_id text NOT NULL,
        purpose text NOT NULL,
        document_kind text,
        request jsonb NOT NULL,
        body bytea,
        members text[] NOT NULL,
        state text NOT NULL,
        sends integer NOT NULL DEFAULT 0,
        send_until timestamptz NOT NULL,
        first_sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        http_status integer,
        created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz
    )
    """,
    "ALTER TABLE call ALTER COLUMN body SET STORAGE EXTERNAL",
    """
    CREATE INDEX call_unended ON call (tenant_id, organisation_id)
    WHERE state IN ('open', 'again', 'unknown')
    """,
    "CREATE INDEX call_ended ON call (ended_at) WHERE ended_at IS NOT NULL",
    """
    CREATE TABLE attempt (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        call_id uuid NOT NULL,
        started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz,
        http_status integer,
        finding text
    )
    """,
    "CREATE INDEX attempt_of_call ON attempt (call_id)",
)
