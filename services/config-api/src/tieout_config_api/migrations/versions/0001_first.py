"""config-api's first tables."""

from alembic import op

from tieout_chassis.tables import create_chassis_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE command (
        command_id UUID NOT NULL,
        tenant_id TEXT NOT NULL,
        company_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        record_id BIGINT NOT NULL,
        action TEXT NOT NULL,
        person TEXT NOT NULL,
        commanded_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (command_id)
    )
    """,
    """
    CREATE INDEX command_by_record ON command (company_id, kind, record_id, commanded_at)
    """,
    """
    CREATE TABLE record (
        company_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        record_id BIGINT NOT NULL,
        tenant_id TEXT NOT NULL,
        number TEXT NOT NULL,
        document_date DATE,
        total NUMERIC,
        tax NUMERIC,
        currency TEXT,
        run_id UUID,
        trace_id TEXT,
        status TEXT NOT NULL,
        captured_at TIMESTAMP WITH TIME ZONE,
        captured_revision TEXT,
        closed_at TIMESTAMP WITH TIME ZONE,
        planned_at TIMESTAMP WITH TIME ZONE,
        planned_revision TEXT,
        disposition TEXT,
        settings_version INTEGER,
        warnings JSONB DEFAULT '[]' NOT NULL,
        expected_total NUMERIC,
        plan_refused_at TIMESTAMP WITH TIME ZONE,
        plan_problems JSONB DEFAULT '[]' NOT NULL,
        settled_at TIMESTAMP WITH TIME ZONE,
        outcome TEXT,
        document JSONB,
        actual_total NUMERIC,
        actual_tax NUMERIC,
        ledger_calls INTEGER,
        settle_problems JSONB DEFAULT '[]' NOT NULL,
        staged_at TIMESTAMP WITH TIME ZONE,
        stage TEXT,
        batch_identifier TEXT,
        stage_problems JSONB DEFAULT '[]' NOT NULL,
        PRIMARY KEY (company_id, kind, record_id)
    )
    """,
    """
    CREATE INDEX record_by_number ON record (tenant_id, number)
    """,
    """
    CREATE INDEX record_by_run ON record (run_id, status)
    """,
    """
    CREATE INDEX record_by_status ON record (tenant_id, company_id, status, number)
    """,
    """
    CREATE TABLE reference (
        company_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        content JSONB NOT NULL,
        PRIMARY KEY (company_id)
    )
    """,
    """
    CREATE TABLE run (
        run_id UUID NOT NULL,
        tenant_id TEXT NOT NULL,
        company_id TEXT NOT NULL,
        requested_at TIMESTAMP WITH TIME ZONE NOT NULL,
        listed_at TIMESTAMP WITH TIME ZONE,
        unposted INTEGER,
        captured INTEGER,
        listed INTEGER,
        unrouted INTEGER,
        refused INTEGER,
        problems JSONB DEFAULT '[]' NOT NULL,
        PRIMARY KEY (run_id)
    )
    """,
    """
    CREATE INDEX run_by_company ON run (tenant_id, company_id, requested_at)
    """,
    """
    CREATE TABLE tenant (
        tenant_id TEXT NOT NULL,
        name TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (tenant_id)
    )
    """,
    """
    CREATE TABLE company (
        company_id TEXT NOT NULL,
        tenant_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (company_id),
        FOREIGN KEY(tenant_id) REFERENCES tenant (tenant_id)
    )
    """,
    """
    CREATE TABLE connection (
        connection_id TEXT NOT NULL,
        tenant_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        details JSONB NOT NULL,
        secret BYTEA NOT NULL,
        updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (connection_id),
        FOREIGN KEY(tenant_id) REFERENCES tenant (tenant_id)
    )
    """,
    """
    CREATE TABLE access_token (
        connection_id TEXT NOT NULL,
        sealed_token BYTEA NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (connection_id),
        FOREIGN KEY(connection_id) REFERENCES connection (connection_id)
    )
    """,
    """
    CREATE TABLE settings_snapshot (
        company_id TEXT NOT NULL,
        version INTEGER NOT NULL,
        settings JSONB NOT NULL,
        comment TEXT,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        PRIMARY KEY (company_id, version),
        FOREIGN KEY(company_id) REFERENCES company (company_id)
    )
    """,
)


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in _TABLES:
        op.execute(statement)
