"""Ingest's tables. Rows hold ids, numbers, codes, amounts, hashes and status; texts only in sealed bodies (F4)."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, UUID

METADATA = sa.MetaData()
_moment = sa.DateTime(timezone=True)

connection = sa.Table(
    "connection",
    METADATA,
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("listed_at", _moment),
    sa.Column("next_list_at", _moment),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("pause", sa.Text),
    sa.Column("paused_at", _moment),
    sa.Column("hinted_at", _moment),
)
"""`pause`: refused, unreachable or throttled. `failures`: how many slices in a row ended in a pause."""

run = sa.Table(
    "run",
    METADATA,
    sa.Column("run_id", UUID, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("connection_id", sa.Text),
    sa.Column("requested_at", _moment, nullable=False),
    sa.Column("requested_by", UUID),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("unposted", sa.Integer, nullable=False),
    sa.Column("captured", sa.Integer, nullable=False),
    sa.Column("listed", sa.Integer, nullable=False),
    sa.Column("unrouted", sa.Integer, nullable=False),
    sa.Column("refused", sa.Integer, nullable=False),
    sa.Column("problems", JSONB, nullable=False),
    sa.Column("told", sa.Text),
    sa.Column("preview", sa.Boolean, nullable=False),
    sa.Column("named", JSONB, nullable=False),
    sa.Column("news_event_id", UUID),
    sa.Column("news_at", _moment),
    sa.Column("news_left", sa.Integer, nullable=False),
)
"""`state`: requested, capturing, done. `requested_by`: the event that asked; none where ingest looked by itself.
`told`: the pause that was told of. `preview`: it only looks; nothing that it finds is posted or batched by it;
`named`: records that it captures, though they are older than the go-live date."""

record = sa.Table(
    "record",
    METADATA,
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", sa.BigInteger, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("invoice_type", sa.Text, nullable=False),
    sa.Column("location_id", sa.BigInteger, nullable=False),
    sa.Column("location_name", sa.Text),
    sa.Column("document_date", sa.Date),
    sa.Column("total", sa.Numeric),
    sa.Column("currency", sa.Text),
    sa.Column("closed_at", _moment),
    sa.Column("seen", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("revision", sa.Text),
    sa.Column("preview", sa.Boolean, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("posted_revision", sa.Text),
    sa.Column("posting_id", UUID),
    sa.Column("settled_by", UUID),
    sa.Column("batch_check", sa.Text, nullable=False),
    sa.Column("batch_number", sa.Integer, nullable=False),
    sa.Column("batch_identifier", sa.Text),
    sa.Column("batch_sent_at", _moment),
    sa.Column("skipped", sa.Boolean, nullable=False),
    sa.Column("retried", sa.Boolean, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", _moment, nullable=False),
    sa.Column("run_id", UUID),
    sa.Column("approved_plan", sa.Text),
    sa.Column("traceparent", sa.Text),
    sa.Column("news_event_id", UUID),
    sa.Column("news_at", _moment),
    sa.Column("news_left", sa.Integer, nullable=False),
    sa.Column("news_wait_s", sa.Numeric),
    sa.Column("changed_at", _moment, nullable=False),
)
"""One ConnectWise record.

`state`            found, captured, to_batch, or the stage that was last published
`revision`         the newest captured one; `posted_revision` the one that the ledger holds
`preview`          captured while its company was not armed, or (to be) captured for a preview only
`approved_plan`    the plan that a person approved, until it is captured again for that
`outcome`          what rules or writer answered last; empty: nobody was asked, for there is nothing to post
`batch_check`      what must be unchanged before it is batched: same (content and GL entries), content, nothing
`batch_number`     how many batch identifiers were used for it; `batch_sent_at` is set while one may be under way
`due_at`           not to be worked on before
`news_*`           the event to be announced again if nobody answers it, and how often still
"""

capture = sa.Table(
    "capture",
    METADATA,
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", sa.BigInteger, primary_key=True),
    sa.Column("revision", sa.Text, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("fingerprint", JSONB, nullable=False),
    sa.Column("sealed", BYTEA),
    sa.Column("captured_at", _moment, nullable=False),
)

heard = sa.Table(
    "heard",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("connection_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("record_id", sa.BigInteger, nullable=False),
    sa.Column("word", sa.Text, nullable=False),
    sa.Column("revision", sa.Text),
    sa.Column("posting_id", UUID),
    sa.Column("document_status", sa.Text),
    sa.Column("plan_hash", sa.Text),
    sa.Column("event_id", UUID, nullable=False),
    sa.Column("traceparent", sa.Text),
)
