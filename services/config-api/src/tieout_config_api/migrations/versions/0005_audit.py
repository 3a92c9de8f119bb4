"""The audit: who did what, in one chain per tenant that only grows."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE audit (
        tenant_id TEXT NOT NULL,
        number BIGINT NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        actor_kind TEXT NOT NULL CHECK (actor_kind IN ('person', 'key', 'service')),
        actor TEXT NOT NULL,
        actor_name TEXT,
        action TEXT NOT NULL,
        subject TEXT NOT NULL,
        subject_id TEXT NOT NULL,
        before TEXT,
        after TEXT,
        previous_hash TEXT NOT NULL,
        hash TEXT NOT NULL,
        PRIMARY KEY (tenant_id, number)
    )
    """,
    "CREATE INDEX audit_by_subject ON audit (tenant_id, subject, subject_id, number)",
    """
    CREATE TABLE audit_head (
        tenant_id TEXT NOT NULL,
        number BIGINT NOT NULL,
        hash TEXT NOT NULL,
        PRIMARY KEY (tenant_id)
    )
    """,
    """
    CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'the audit only grows: % is refused', TG_OP USING ERRCODE = 'object_not_in_prerequisite_state';
    END $$
    """,
    """
    CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()
    """,
    """
    CREATE TRIGGER audit_is_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()
    """,
    """
    CREATE TRIGGER audit_head_is_never_dropped BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()
    """,
    """
    CREATE TRIGGER audit_head_moves_by_one BEFORE UPDATE ON audit_head
    FOR EACH ROW WHEN (NEW.number <> OLD.number + 1 OR NEW.tenant_id <> OLD.tenant_id)
    EXECUTE FUNCTION refuse_change_of_audit()
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
