"""config-api's tables. The record projection keeps one group of columns per stage; `projection.status_of` derives."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, UUID

metadata = sa.MetaData()
_moment = sa.DateTime(timezone=True)

tenant = sa.Table(
    "tenant",
    metadata,
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
)

connection = sa.Table(
    "connection",
    metadata,
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    sa.Column("secret", BYTEA, nullable=False),
    sa.Column("updated_at", _moment, nullable=False),
    sa.Column("consent_id", sa.ForeignKey("consent.consent_id"), index=True),
)
"""`consent_id`: whose tokens it uses; none: its own."""

consent = sa.Table(
    "consent",
    metadata,
    sa.Column("consent_id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    sa.Column("secret", BYTEA, nullable=False),
    sa.Column("updated_at", _moment, nullable=False),
)
"""What a person allowed at a ledger's consent page: one refresh token, for one connection or several."""

connect_attempt = sa.Table(
    "connect_attempt",
    metadata,
    sa.Column("attempt_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("state_digest", sa.Text, nullable=False, unique=True),
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("connection_id", sa.Text),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("starter", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False),
    sa.Column("secret", BYTEA, nullable=False),
    sa.Column("started_at", _moment, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
    sa.Column("returned_at", _moment),
    sa.Column("consent_id", sa.ForeignKey("consent.consent_id", ondelete="SET NULL")),
    sa.Column("organisations", JSONB),
    sa.Column("connected", JSONB),
    sa.Column("problem", JSONB),
)
"""One way to a consent page and back. `starter`: who began it and alone may end it. `secret`: the verifier and the
app's secret, sealed."""

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("notice_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id"), nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("problem", JSONB, nullable=False),
    sa.Column("noticed_at", _moment, nullable=False),
)
"""What a tenant's owner is told, once."""

access_token = sa.Table(
    "access_token",
    metadata,
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("sealed_token", BYTEA, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
)
"""Of the connection, or of the consent (`consent:...`) that it shares; so, too, `token_renewal`."""

token_renewal = sa.Table(
    "token_renewal",
    metadata,
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("holder", UUID(as_uuid=True)),
    sa.Column("leased_until", _moment),
    sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    sa.Column("not_before", _moment),
    sa.Column("problem", JSONB),
    sa.Column("reconnect_since", _moment),
    sa.Column("reconnect_by", _moment),
)

company = sa.Table(
    "company",
    metadata,
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
)

settings_snapshot = sa.Table(
    "settings_snapshot",
    metadata,
    sa.Column("company_id", sa.ForeignKey("company.company_id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("settings", JSONB, nullable=False),
    sa.Column("comment", sa.Text),
    sa.Column("created_at", _moment, nullable=False),
)

reference = sa.Table(
    "reference",
    metadata,
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("content", JSONB, nullable=False),
)

run = sa.Table(
    "run",
    metadata,
    sa.Column("run_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("requested_at", _moment, nullable=False),
    sa.Column("listed_at", _moment),
    sa.Column("unposted", sa.Integer),
    sa.Column("captured", sa.Integer),
    sa.Column("listed", sa.Integer),
    sa.Column("unrouted", sa.Integer),
    sa.Column("refused", sa.Integer),
    sa.Column("problems", JSONB, nullable=False, server_default="[]"),
    sa.Column("preview", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("family", sa.Text, nullable=False, server_default="invoices"),
    sa.Index("run_by_company", "tenant_id", "company_id", "requested_at"),
)

record = sa.Table(
    "record",
    metadata,
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", sa.BigInteger, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("document_date", sa.Date),
    sa.Column("total", sa.Numeric),
    sa.Column("tax", sa.Numeric),
    sa.Column("currency", sa.Text),
    sa.Column("run_id", UUID(as_uuid=True)),
    sa.Column("trace_id", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    # captured
    sa.Column("captured_at", _moment),
    sa.Column("captured_revision", sa.Text),
    sa.Column("closed_at", _moment),
    # planned
    sa.Column("planned_at", _moment),
    sa.Column("planned_revision", sa.Text),
    sa.Column("disposition", sa.Text),
    sa.Column("settings_version", sa.Integer),
    sa.Column("warnings", JSONB, nullable=False, server_default="[]"),
    sa.Column("expected_total", sa.Numeric),
    sa.Column("plan_refused_at", _moment),
    sa.Column("plan_problems", JSONB, nullable=False, server_default="[]"),
    # settled
    sa.Column("settled_at", _moment),
    sa.Column("posted_at", _moment),
    sa.Column("outcome", sa.Text),
    sa.Column("document", JSONB),
    sa.Column("actual_total", sa.Numeric),
    sa.Column("actual_tax", sa.Numeric),
    sa.Column("ledger_calls", sa.Integer),
    sa.Column("settle_problems", JSONB, nullable=False, server_default="[]"),
    # staged by ingest
    sa.Column("staged_at", _moment),
    sa.Column("stage", sa.Text),
    sa.Column("batch_identifier", sa.Text),
    sa.Column("stage_problems", JSONB, nullable=False, server_default="[]"),
    sa.Index("record_in_status", "tenant_id", "status", "number", "company_id", "kind", "record_id"),
    sa.Index("record_by_number", "tenant_id", "number"),
    sa.Index("record_by_run", "run_id", "status"),
    sa.Index(
        "record_in_motion",
        "company_id",
        "status",
        "run_id",
        postgresql_where=sa.text("status IN ('captured', 'planned', 'posted')"),
    ),
    sa.Index(
        "record_by_success",
        "tenant_id",
        "posted_at",
        "company_id",
        "kind",
        "ledger_calls",
        postgresql_where=sa.text("posted_at IS NOT NULL"),
    ),
)
"""`posted_at`: when its document was first verified in the ledger. It never moves to a later moment, so that what a
month counted stays counted (F223)."""

command = sa.Table(
    "command",
    metadata,
    sa.Column("command_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.BigInteger, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("commanded_at", _moment, nullable=False),
    sa.Index("command_by_record", "company_id", "kind", "record_id", "commanded_at"),
)

preview = sa.Table(
    "preview",
    metadata,
    sa.Column("preview_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("changed_settings", sa.Boolean, nullable=False),
    sa.Column("requested_at", _moment, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
    sa.Column("records", sa.Integer),
    sa.Column("compare", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("proposals", sa.Integer),
)
"""`compare`: the ledger's writer compares it with what is there already; `proposals`: how many came of that."""

previewed = sa.Table(
    "previewed",
    metadata,
    sa.Column("preview_id", sa.ForeignKey("preview.preview_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", sa.BigInteger, primary_key=True),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("total", sa.Numeric),
    sa.Column("currency", sa.Text),
    sa.Column("plan_hash", sa.Text),
    sa.Column("body", BYTEA),
    sa.Column("approval", sa.Text),
)
"""`body`: the sealed `RecordPreview`. `approval`: asked, then posting (as approved), changed or refused."""

proposed_contact = sa.Table(
    "proposed_contact",
    metadata,
    sa.Column("preview_id", sa.ForeignKey("preview.preview_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("contact_number", sa.Text, primary_key=True),
    sa.Column("finding", sa.Text, nullable=False),
    sa.Column("body", BYTEA, nullable=False),
    sa.Column("decision", sa.Text),
    sa.Column("ledger_id", sa.Text),
)
"""`body`: the sealed `ContactProposal`. `decision`: what a person said here last, about the contact `ledger_id`."""

proposed_document = sa.Table(
    "proposed_document",
    metadata,
    sa.Column("preview_id", sa.ForeignKey("preview.preview_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("finding", sa.Text, nullable=False),
    sa.Column("document", JSONB),
    sa.Column("problems", JSONB, nullable=False, server_default="[]"),
    sa.Column("approved", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("proposed_document_in_order", "preview_id", "number", "kind", "record_id"),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True),
    sa.Column("at", _moment, nullable=False),
    sa.Column("actor_kind", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("actor_name", sa.Text),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("subject_id", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("previous_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("audit_by_subject", "tenant_id", "subject", "subject_id", "number"),
)
"""`before`, `after`: JSON as text, because the hash is over its very characters. Triggers refuse UPDATE and DELETE."""

audit_head = sa.Table(
    "audit_head",
    metadata,
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
"""The newest entry of each tenant's chain: whoever adds one holds it, and a chain that was cut off shows."""

tenant_profile = sa.Table(
    "tenant_profile",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("profile", JSONB, nullable=False),
    sa.Column("updated_at", _moment, nullable=False),
)

tenant_limit = sa.Table(
    "tenant_limit",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("max_companies", sa.Integer),
    sa.Column("max_records_per_month", sa.Integer),
    sa.Column("features_off", JSONB, nullable=False, server_default="[]"),
    sa.Column("suspended_at", _moment),
    sa.Column("updated_at", _moment, nullable=False),
)

api_usage = sa.Table(
    "api_usage",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("month", sa.Date, primary_key=True),
    sa.Column("requests", sa.BigInteger, nullable=False),
)

call_log_switch = sa.Table(
    "call_log_switch",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("enabled", sa.Boolean, nullable=False),
    sa.Column("cleared_at", _moment),
    sa.Column("dropped", sa.BigInteger, nullable=False, server_default="0"),
)

logged_call = sa.Table(
    "logged_call",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id", ondelete="CASCADE"), nullable=False),
    sa.Column("connection_id", sa.Text, nullable=False),
    sa.Column("at", _moment, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("address", BYTEA, nullable=False),
    sa.Column("bodies", BYTEA, nullable=False),
    sa.Index("logged_call_of_tenant", "tenant_id", "number"),
    sa.Index("logged_call_by_age", "at"),
)
"""`address`, `bodies`: sealed, because what ConnectWise answers is customers' data."""

kept_answer = sa.Table(
    "kept_answer",
    metadata,
    sa.Column("owner", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
    sa.Column("claimed_at", _moment, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
    sa.Column("status", sa.Integer),
    sa.Column("headers", JSONB(none_as_null=True)),
    sa.Column("body", BYTEA),
    sa.Index("kept_answer_by_expiry", "expires_at"),
)
"""Of a request with an Idempotency-Key. `owner`: who asked, and of which tenant. `fingerprint`: of route and body.
`body` is sealed, because some answers tell a secret once; none as long as the request is under way."""

usage_reported = sa.Table(
    "usage_reported",
    metadata,
    sa.Column("tenant_id", sa.ForeignKey("tenant.tenant_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("month", sa.Date, nullable=False),
)
"""The last month whose usage report was mailed."""
