"""What rests sealed: the captured record, the plan made of it, and settings that nobody saved."""

from typing import Protocol
from uuid import UUID

from pydantic import TypeAdapter

from tieout_chassis.sealing import Sealer
from tieout_contracts.events import PreviewRequested
from tieout_contracts.posting import Posting
from tieout_contracts.records import CanonicalRecord
from tieout_contracts.settings import CompanySettings
from tieout_transform.outlines import outlined
from tieout_transform.store.plannings import RecordKey
from tieout_transform.surroundings import Waits

_RECORD: TypeAdapter[CanonicalRecord] = TypeAdapter(CanonicalRecord)


class Captured(Protocol):
    """A row with a record's body."""

    @property
    def key(self) -> RecordKey: ...

    @property
    def revision(self) -> str: ...

    @property
    def sealed(self) -> bytes | None: ...


def opened_record(sealer: Sealer, row: Captured) -> CanonicalRecord:
    """The record; `Waits` where it is not here or was counted by other rules, `Unsealable` where it is not ours."""
    if row.sealed is None:
        raise Waits("its body was purged: retry it, so that it is captured again")
    record = _RECORD.validate_json(sealer.open(row.sealed, row.key.seal_context(row.revision)))
    if record.content_hash() != row.revision:
        raise Waits("another release captured it and counts revisions differently: retry it")
    return record


def sealed_plan(sealer: Sealer, key: RecordKey, posting: Posting) -> bytes:
    return sealer.seal(posting.model_dump_json().encode(), _plan_context(key, posting.revision), key.tenant_id)


def opened_plan(sealer: Sealer, key: RecordKey, revision: str, plan: bytes) -> Posting:
    return Posting.model_validate_json(sealer.open(plan, _plan_context(key, revision)))


def sealed_outline(sealer: Sealer, key: RecordKey, posting: Posting) -> bytes:
    plain = outlined(posting).model_dump_json().encode()
    return sealer.seal(plain, _outline_context(key, posting.posting_id), key.tenant_id)


def opened_outline(sealer: Sealer, key: RecordKey, posting_id: UUID, outline: bytes) -> Posting:
    """What stands posted, its texts hashed."""
    return Posting.model_validate_json(sealer.open(outline, _outline_context(key, posting_id)))


def sealed_settings(sealer: Sealer, asked: PreviewRequested, settings: CompanySettings) -> bytes:
    return sealer.seal(settings.model_dump_json().encode(), _settings_context(asked.preview_id), asked.tenant_id)


def opened_settings(sealer: Sealer, preview_id: UUID, sealed: bytes) -> CompanySettings:
    return CompanySettings.model_validate_json(sealer.open(sealed, _settings_context(preview_id)))


def _plan_context(key: RecordKey, revision: str) -> bytes:
    return key.seal_context(revision) + b"/plan"


def _outline_context(key: RecordKey, posting_id: UUID) -> bytes:
    return key.seal_context(str(posting_id)) + b"/outline"


def _settings_context(preview_id: UUID) -> bytes:
    return f"preview|{preview_id}|settings".encode()
