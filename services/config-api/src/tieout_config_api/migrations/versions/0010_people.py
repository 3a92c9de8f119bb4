"""People and what they sign in with; API keys; mail that waits to be sent."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE person (
        person_id UUID PRIMARY KEY,
        email TEXT NOT NULL UNIQUE CHECK (email = lower(email)),
        name TEXT NOT NULL,
        super_admin BOOLEAN NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        disabled_at TIMESTAMP WITH TIME ZONE,
        password_hash TEXT,
        factor_secret BYTEA,
        factor_confirmed_at TIMESTAMP WITH TIME ZONE,
        factor_last_step BIGINT
    )
    """,
    """
    CREATE TABLE membership (
        person_id UUID NOT NULL REFERENCES person (person_id) ON DELETE CASCADE,
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('user', 'account_admin')),
        companies TEXT[] CHECK ((role = 'user') = (companies IS NOT NULL)),
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        disabled_at TIMESTAMP WITH TIME ZONE,
        PRIMARY KEY (person_id, tenant_id)
    )
    """,
    "CREATE INDEX membership_by_tenant ON membership (tenant_id)",
    """
    CREATE TABLE tenant_access (
        tenant_id TEXT PRIMARY KEY REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        second_factor TEXT NOT NULL CHECK (second_factor IN ('required', 'optional'))
    )
    """,
    """
    CREATE TABLE recovery_code (
        person_id UUID NOT NULL REFERENCES person (person_id) ON DELETE CASCADE,
        code_hash BYTEA NOT NULL,
        PRIMARY KEY (person_id, code_hash)
    )
    """,
    """
    CREATE TABLE session (
        session_id UUID PRIMARY KEY,
        token_hash BYTEA NOT NULL UNIQUE,
        person_id UUID NOT NULL REFERENCES person (person_id) ON DELETE CASCADE,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        second_factor_at TIMESTAMP WITH TIME ZONE,
        address TEXT,
        agent TEXT
    )
    """,
    "CREATE INDEX session_by_person ON session (person_id)",
    "CREATE INDEX session_by_end ON session (expires_at)",
    """
    CREATE TABLE attempt (
        subject TEXT PRIMARY KEY,
        since TIMESTAMP WITH TIME ZONE NOT NULL,
        made INTEGER NOT NULL
    )
    """,
    "CREATE INDEX attempt_by_age ON attempt (since)",
    """
    CREATE TABLE mailed_link (
        token_hash BYTEA PRIMARY KEY,
        person_id UUID NOT NULL REFERENCES person (person_id) ON DELETE CASCADE,
        purpose TEXT NOT NULL CHECK (purpose IN ('invitation', 'password_reset')),
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL
    )
    """,
    "CREATE INDEX mailed_link_by_person ON mailed_link (person_id)",
    """
    CREATE TABLE mail (
        mail_id UUID PRIMARY KEY,
        letter BYTEA NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
        not_before TIMESTAMP WITH TIME ZONE NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX mail_by_turn ON mail (not_before)",
    """
    CREATE TABLE api_key (
        key_id UUID PRIMARY KEY,
        tenant_id TEXT NOT NULL REFERENCES tenant (tenant_id) ON DELETE CASCADE,
        key_hash BYTEA NOT NULL UNIQUE,
        name TEXT NOT NULL,
        scopes TEXT[] NOT NULL,
        companies TEXT[],
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        created_by TEXT NOT NULL,
        expires_at TIMESTAMP WITH TIME ZONE,
        revoked_at TIMESTAMP WITH TIME ZONE,
        last_used_at TIMESTAMP WITH TIME ZONE
    )
    """,
    "CREATE INDEX api_key_by_tenant ON api_key (tenant_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
