"""The keys that seal what belongs to a tenant, as config-api hands them to an authenticated service: for its memory."""

from pydantic import SecretStr

from tieout_contracts.base import Contract


class TenantKey(Contract):
    """One data key. What a tenant writes is sealed with its `current` one; older ones open what they sealed."""

    tenant_id: str
    key_id: str
    key: SecretStr
    """32 bytes in base64."""
    current: bool


class TenantKeys(Contract):
    """Every tenant's keys. A key that is not here is gone for good: its tenant was deleted, or nothing needs it."""

    keys: tuple[TenantKey, ...]
    deleted_tenants: tuple[str, ...] = ()
    """What still comes of them is dropped: nobody can open it."""
    evidence_of: tuple[str, ...] = ()
    """Tenants that keep evidence of their records for a while."""
