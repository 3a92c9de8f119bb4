"""Who asks: a person, an API key, or nobody; and what they are in which tenant."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args
from uuid import UUID

Role = Literal["user", "account_admin", "super_admin"]
"""Of people, the least first: each may what the one before it may."""
Scope = Literal["records:read", "records:write", "settings:read", "settings:write"]
"""Of API keys."""
ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True)
class Standing:
    """What a caller is in one tenant: a person with a role, or an API key with scopes. `companies`: none means all."""

    role: Role | None = None
    scopes: frozenset[Scope] = frozenset()
    companies: frozenset[str] | None = None

    def sees(self, company_id: str) -> bool:
        return self.companies is None or company_id in self.companies


@dataclass(frozen=True)
class Caller:
    """`name` is what history and audit say. `signing_in`: the password was right, the second factor is due (F208)."""

    name: str
    super_admin: bool = False
    standings: Mapping[str, Standing] = field(default_factory=dict)
    person_id: UUID | None = None
    session_id: UUID | None = None
    key_id: UUID | None = None
    signing_in: bool = False

    def companies(self, tenant_id: str) -> frozenset[str] | None:
        """Those of the tenant's companies that the caller sees; None: all of them."""
        if self.super_admin:
            return None
        standing = self.standings.get(tenant_id)
        return frozenset() if standing is None else standing.companies

    def sees(self, tenant_id: str, company_id: str) -> bool:
        companies = self.companies(tenant_id)
        return companies is None or company_id in companies

    def tenants(self) -> frozenset[str] | None:
        """The tenants that the caller belongs to; None: all of them."""
        return None if self.super_admin else frozenset(self.standings)


NOBODY = Caller(name="nobody")
"""Sees nothing."""
INSTALLATION = Caller(name="installation key", super_admin=True)
"""The bearer of the installation's API key, which is the super admin's."""
