"""The tables of people, sessions, API keys and mail. Secrets are hashed or sealed in every one of them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, UUID

from tieout_config_api.store.tables import metadata

_moment = sa.DateTime(timezone=True)


def _person() -> sa.ForeignKey:
    return sa.ForeignKey("person.person_id", ondelete="CASCADE")


def _tenant() -> sa.ForeignKey:
    return sa.ForeignKey("tenant.tenant_id", ondelete="CASCADE")


person = sa.Table(
    "person",
    metadata,
    sa.Column("person_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("super_admin", sa.Boolean, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("disabled_at", _moment),
    sa.Column("password_hash", sa.Text),
    sa.Column("factor_secret", BYTEA),
    sa.Column("factor_confirmed_at", _moment),
    sa.Column("factor_last_step", sa.BigInteger),
)
"""`email`: the login, in small letters. `factor_secret`: sealed. `factor_last_step`: of the last code taken."""

membership = sa.Table(
    "membership",
    metadata,
    sa.Column("person_id", _person(), primary_key=True),
    sa.Column("tenant_id", _tenant(), primary_key=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("companies", ARRAY(sa.Text)),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("disabled_at", _moment),
)
"""`companies`: of a user those that were chosen, of an account admin none, which means all."""

tenant_access = sa.Table(
    "tenant_access",
    metadata,
    sa.Column("tenant_id", _tenant(), primary_key=True),
    sa.Column("second_factor", sa.Text, nullable=False),
    sa.Column("email_codes", sa.Boolean, nullable=False, server_default=sa.false()),
)
"""A tenant without its row requires the second factor, and takes no code by mail for it."""

recovery_code = sa.Table(
    "recovery_code",
    metadata,
    sa.Column("person_id", _person(), primary_key=True),
    sa.Column("code_hash", BYTEA, primary_key=True),
)

email_code = sa.Table(
    "email_code",
    metadata,
    sa.Column("person_id", _person(), primary_key=True),
    sa.Column("code_hash", BYTEA, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("session_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("token_hash", BYTEA, nullable=False, unique=True),
    sa.Column("person_id", _person(), nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("seen_at", _moment, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
    sa.Column("second_factor_at", _moment),
    sa.Column("address", sa.Text),
    sa.Column("agent", sa.Text),
)
"""`seen_at`: to the minute."""

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("since", _moment, nullable=False),
    sa.Column("made", sa.Integer, nullable=False),
)

mailed_link = sa.Table(
    "mailed_link",
    metadata,
    sa.Column("token_hash", BYTEA, primary_key=True),
    sa.Column("person_id", _person(), nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
)

mail = sa.Table(
    "mail",
    metadata,
    sa.Column("mail_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("letter", BYTEA, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
    sa.Column("not_before", _moment, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
)
"""`letter`: sealed. A row is gone once its letter was sent; `not_before` is also the lease of who sends it."""

api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("key_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("tenant_id", _tenant(), nullable=False),
    sa.Column("key_hash", BYTEA, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", ARRAY(sa.Text), nullable=False),
    sa.Column("companies", ARRAY(sa.Text)),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("expires_at", _moment),
    sa.Column("revoked_at", _moment),
    sa.Column("last_used_at", _moment),
)
"""`last_used_at`: to the minute. `companies`: none means all."""
