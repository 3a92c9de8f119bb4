"""Transform's tables. Rows hold ids, numbers, codes, amounts, hashes and status; texts only in sealed bodies (F4)."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, JSONB, UUID

METADATA = sa.MetaData()
_moment = sa.DateTime(timezone=True)

planning = sa.Table(
    "planning",
    METADATA,
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("record_id", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("revision", sa.Text, nullable=False),
    sa.Column("document_date", sa.Date),
    sa.Column("currency", sa.Text),
    sa.Column("total", sa.Numeric),
    sa.Column("tax", sa.Numeric),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("cause", sa.Text),
    sa.Column("disposition", sa.Text),
    sa.Column("outcome", sa.Text),
    sa.Column("posting_id", UUID),
    sa.Column("plan_hash", sa.Text),
    sa.Column("settings_version", sa.Integer),
    sa.Column("reference_version", sa.Integer),
    sa.Column("codes", JSONB, nullable=False),
    sa.Column("sealed", BYTEA),
    sa.Column("preview", sa.Boolean, nullable=False),
    sa.Column("approved_plan", sa.Text),
    sa.Column("plan", BYTEA),
    sa.Column("booked", JSONB),
    sa.Column("outline", BYTEA),
    sa.Column("outlined", UUID),
    sa.Column("posted", UUID),
    sa.Column("posted_outline", BYTEA),
    sa.Column("captured_by", UUID),
    sa.Column("traceparent", sa.Text),
    sa.Column("captured_at", _moment),
    sa.Column("dropped_at", _moment),
    sa.Column("due_at", _moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("news_event_id", UUID),
    sa.Column("news_at", _moment),
    sa.Column("news_left", sa.Integer, nullable=False),
    sa.Column("news_wait_s", sa.Numeric),
    sa.Column("changed_at", _moment, nullable=False),
)
"""The newest captured revision of one record, and what the rules made of it.

`state`        pending, waiting (for what `cause` says), planned, refused, settled (a writer answered), closed
               (batched or gone), dropped (a person cancelled or skipped it)
`codes`        the codes of its warnings or refusals
`sealed`       the record's JSON; gone once it is closed or dropped, or was refused long ago
`preview`      captured for a preview: not to be posted, even where the company is armed
`approved_plan`  the hash of the plan that a person approved: posted if it is still the plan, even where it is not armed
`plan`         the planned posting's JSON, sealed: what a preview is compared with; gone with the record's, and of one
               that is only shown after a day
`booked`       account and tax code of what a down payment or a progress invoice billed, as last planned to be posted;
               kept for the documents that take it off
`outline`      the last plan that was to be posted, sealed, without its texts; `outlined` is its posting. It stays
`posted`       the posting that the ledger holds; `posted_outline` is its outline: what a later change is compared with
`captured_by`  the event that brought it; answers name it as their cause
`dropped_at`   captures older than this stay dropped
`due_at`       not to be planned before
`news_*`       the event to be announced again while nobody answers it, and how often still
"""

preview = sa.Table(
    "preview",
    METADATA,
    sa.Column("preview_id", UUID, primary_key=True),
    sa.Column("tenant_id", sa.Text, nullable=False),
    sa.Column("company_id", sa.Text, nullable=False),
    sa.Column("record_refs", JSONB, nullable=False),
    sa.Column("settings", BYTEA),
    sa.Column("compare", sa.Boolean, nullable=False),
    sa.Column("after_kind", sa.Text, nullable=False),
    sa.Column("after_id", sa.BigInteger, nullable=False),
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("requested_by", UUID, nullable=False),
    sa.Column("requested_at", _moment, nullable=False),
)
"""Previews that are not answered whole. `settings`: sealed, those that nobody saved. `compare`: a writer compares the
answers with its ledger. `after_*`: the last record that is answered, and `told` how many are."""

reference = sa.Table(
    "reference",
    METADATA,
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("organisation_id", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("read_at", _moment, nullable=False),
)
"""The newest reference data of each ledger organisation, as its writer read it."""

company = sa.Table(
    "company",
    METADATA,
    sa.Column("tenant_id", sa.Text, primary_key=True),
    sa.Column("company_id", sa.Text, primary_key=True),
    sa.Column("settings_version", sa.Integer, nullable=False),
)
"""The newest settings version that was heard of: nothing is planned with an older one."""
