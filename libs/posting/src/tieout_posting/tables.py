"""The engine's rows, in the writer's own schema. They hold ids, numbers, codes, amounts, hashes and status; texts and
contacts stand only in sealed columns (`document`, `body`, `reference`), which are emptied when they are done with (F4).
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, TIMESTAMP, UUID

METADATA = sa.MetaData()


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, TIMESTAMP(timezone=True))


def _text(name: str, *, key: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text, primary_key=key)


organisation = sa.Table(
    "organisation",
    METADATA,
    _text("tenant_id", key=True),
    _text("organisation_id", key=True),
    _text("connection_id"),
    sa.Column("reference", BYTEA),
    _text("reference_hash"),
    sa.Column("reference_version", sa.Integer),
    _at("reference_read_at"),
    _at("reference_due_at"),
    sa.Column("contacts_due", sa.Boolean),
    sa.Column("items_due", sa.Boolean),
    sa.Column("failures", sa.Integer),
    _at("waits_until"),
    sa.Column("problem", JSONB(none_as_null=True)),
)

company = sa.Table(
    "company",
    METADATA,
    _text("tenant_id", key=True),
    _text("company_id", key=True),
    _text("organisation_id"),
    _text("connection_id"),
    sa.Column("settings_version", sa.Integer),
    _text("mismatched_draft"),
    sa.Column("published_version", sa.Integer),
    sa.Column("stopped_at_version", sa.Integer),
    _text("stopped_by"),
)
"""`published_version`: the reference version that was last published for this company."""

intent = sa.Table(
    "intent",
    METADATA,
    _text("tenant_id", key=True),
    sa.Column("posting_id", UUID, primary_key=True),
    _text("company_id"),
    _text("organisation_id"),
    _text("document_kind"),
    _text("record_kind"),
    sa.Column("record_id", sa.BigInteger),
    _text("number"),
    _text("revision"),
    _text("plan_hash"),
    sa.Column("settings_version", sa.Integer),
    _text("tax_mode"),
    _text("currency"),
    sa.Column("tax", sa.Numeric),
    sa.Column("total", sa.Numeric),
    _at("planned_at"),
    sa.Column("caused_by", UUID),
    _text("traceparent"),
    sa.Column("document", BYTEA),
    _text("state"),
    _text("step"),
    _at("ready_at"),
    _text("look_up"),
    _text("look_first"),
    sa.Column("bulk_cap", sa.Integer),
    _text("contact_key"),
    sa.Column("needs", ARRAY(sa.Text)),
    sa.Column("call_id", UUID),
    sa.Column("maybe_sent", sa.Boolean),
    _text("document_id"),
    _text("document_status"),
    _at("seen_at"),
    _text("proposal_id"),
    sa.Column("revises", UUID),
    _text("content"),
    _text("content_before"),
    _text("withdrawn"),
    sa.Column("problems", JSONB),
    sa.Column("look_ups", sa.Integer),
    sa.Column("tries", sa.Integer),
    sa.Column("calls", sa.Integer),
    _text("outcome"),
    _text("told"),
    sa.Column("settled_event_id", UUID),
    _at("settled_at"),
    sa.Column("announcements", sa.Integer),
    _at("announce_at"),
    _at("staged_at"),
    _at("created_at"),
    _at("updated_at"),
)
"""`ready_at`: when it may be served next, in the states ready and unknown. `look_first`: look it up before the first
draft, once its contact is known. `bulk_cap`: the most members of its next call. `told`: the cause it was said to wait
for. `revises`: the intent whose document it changes. `content`: the mark of its document as it was posted;
`content_before`: that of the intent it revises."""

shared = sa.Table(
    "shared",
    METADATA,
    _text("tenant_id", key=True),
    _text("organisation_id", key=True),
    _text("key", key=True),
    _text("kind"),
    _text("code"),
    _text("name_hash"),
    _text("state"),
    _at("ready_at"),
    _text("ledger_id"),
    sa.Column("fill", ARRAY(sa.Text)),
    sa.Column("body", BYTEA),
    sa.Column("bulk_cap", sa.Integer),
    sa.Column("tries", sa.Integer),
    sa.Column("call_id", UUID),
    sa.Column("problem", JSONB(none_as_null=True)),
)
"""Contacts and items that documents depend on, created once per organisation, and rates of exchange, read once
(`exchange`). `key` is the kind and our own code. `fill`: what a contact that is to be linked holds."""

directory = sa.Table(
    "directory",
    METADATA,
    _text("tenant_id", key=True),
    _text("organisation_id", key=True),
    _text("kind", key=True),
    _text("ledger_id", key=True),
    _text("code"),
    _text("name_hash"),
    sa.Column("active", sa.Boolean),
    sa.Column("filled", ARRAY(sa.Text)),
    _text("account_number"),
)
"""The ledger's contacts and items when they were last read; names only as hashes. `filled`: which fields of a contact
hold something. `account_number`: a contact's, without case and outer spaces."""

customer = sa.Table(
    "customer",
    METADATA,
    _text("tenant_id", key=True),
    _text("organisation_id", key=True),
    _text("key", key=True),
    _text("state"),
    _at("ready_at"),
    _text("told"),
    sa.Column("persons", ARRAY(sa.Text)),
    _at("changed_at"),
    sa.Column("document_date", sa.Date),
    sa.Column("body", BYTEA),
    _text("sent"),
    sa.Column("bulk_cap", sa.Integer),
    sa.Column("tries", sa.Integer),
    sa.Column("call_id", UUID),
    sa.Column("problem", JSONB(none_as_null=True)),
)
"""What the ledger was told of each customer, and what it is to be told. `key` is the contact's in `shared`. `told` and
`persons`: hashes of the details and persons that it has. `changed_at`, `document_date`: their age. `sent`: the hash of
the body that a call under way carries."""

link = sa.Table(
    "link",
    METADATA,
    _text("tenant_id", key=True),
    _text("organisation_id", key=True),
    _text("key", key=True),
    _text("ledger_id", key=True),
    sa.Column("approved", sa.Boolean),
    _text("person"),
    _at("decided_at"),
)
"""What people said on whether a contact of the ledger is a customer's. `key` is the contact's in `shared`."""

comparison = sa.Table(
    "comparison",
    METADATA,
    sa.Column("preview_id", UUID, primary_key=True),
    _text("tenant_id"),
    _text("company_id"),
    _text("organisation_id"),
    sa.Column("records", sa.Integer),
    sa.Column("contacts", BYTEA),
    sa.Column("tries", sa.Integer),
    _at("asked_at"),
    _at("told_at"),
)
"""Previews that are compared with what the ledger holds already. `records`: how many the preview has, once it is
finished. `contacts`: the proposals for its customers, sealed. `tries`: looks since the last that went well."""

candidate = sa.Table(
    "candidate",
    METADATA,
    sa.Column("preview_id", UUID, primary_key=True),
    _text("record_kind", key=True),
    sa.Column("record_id", sa.BigInteger, primary_key=True),
    _text("tenant_id"),
    _text("company_id"),
    _text("number"),
    _text("document_kind"),
    sa.Column("body", BYTEA),
    _text("state"),
    _text("contact_id"),
    sa.Column("proposal", JSONB(none_as_null=True)),
)
"""The records of a comparison. `body`: the preview of one that is planned, sealed, until the record is over. `state`:
waits (to be looked up), done (`proposal` says what was found), left (nothing of it is to be proposed)."""

canary = sa.Table(
    "canary",
    METADATA,
    _text("tenant_id", key=True),
    _text("company_id", key=True),
    _text("document_kind", key=True),
    _text("tax_mode", key=True),
    sa.Column("is_open", sa.Boolean),
    _at("changed_at"),
)

call = sa.Table(
    "call",
    METADATA,
    sa.Column("call_id", UUID, primary_key=True),
    _text("tenant_id"),
    _text("organisation_id"),
    _text("purpose"),
    _text("document_kind"),
    sa.Column("request", JSONB),
    sa.Column("body", BYTEA),
    sa.Column("members", ARRAY(sa.Text)),
    _text("state"),
    sa.Column("sends", sa.Integer),
    _at("send_until"),
    _at("first_sent_at"),
    sa.Column("http_status", sa.Integer),
    _at("created_at"),
    _at("ended_at"),
)
"""`members` are posting ids, or keys of shared rows. `http_status` is NULL while no answer ever came."""

attempt = sa.Table(
    "attempt",
    METADATA,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("call_id", UUID),
    _at("started_at"),
    _at("ended_at"),
    sa.Column("http_status", sa.Integer),
    _text("finding"),
)
"""One for each time that a call's bytes were sent."""
