"""Who may do what: ONE table of every route's operation, and the one function that reads it.

An operation is the name of a route's function. A route that is not here keeps the application from starting
(`public.admission`), and `docs/access.md` is written from here. To add a route, add its line: what it reaches, the
least role of people that may, and the scope that an API key needs (none: no API key may).

Asked for a tenant or company that the caller does not belong to, the answer is that there is none (404). What the role
or key may never do is 403, and where nobody is known it is 401.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tieout_config_api.access.callers import ROLES, Caller, Role, Scope, Standing

Reach = Literal["open", "signing_in", "self", "installation", "tenant", "company", "sifted"]
"""What an operation is about.

open: anybody may, nobody need be known. self: whoever is known, about himself. signing_in: the same, also while the
second factor is due. installation: all tenants. tenant: the tenant in the path as a whole, so nobody who has chosen
companies. company: the company in the path. sifted: several companies, or one that the path does not name: the route
itself leaves out, or does not find, those that the caller does not see (`Rooms.caller`, `require_seen_company`).
"""


@dataclass(frozen=True)
class Permission:
    reach: Reach
    least: Role | None = None
    scope: Scope | None = None


def _admin(reach: Reach, scope: Scope | None = None) -> Permission:
    return Permission(reach, "account_admin", scope)


def _user(reach: Reach, scope: Scope | None = None) -> Permission:
    return Permission(reach, "user", scope)


_SUPER_ADMIN = Permission("installation", "super_admin")
_OPERATOR = Permission("tenant", "super_admin")
_SELF = Permission("self")
_SIGNING_IN = Permission("signing_in")
_OPEN = Permission("open")

TABLE: Mapping[str, Permission] = {
    # signing in
    "sign_in": _OPEN,
    "give_second_factor": _SIGNING_IN,
    "ask_email_code": _SIGNING_IN,
    "give_email_code": _SIGNING_IN,
    "sign_out": _SIGNING_IN,
    "accept_invitation": _OPEN,
    "ask_password_reset": _OPEN,
    "reset_password": _OPEN,
    # oneself
    "read_me": _SIGNING_IN,
    "begin_second_factor": _SIGNING_IN,
    "confirm_second_factor": _SIGNING_IN,
    "remove_second_factor": _SELF,
    "renew_recovery_codes": _SELF,
    "list_sessions": _SELF,
    "end_session": _SELF,
    "change_password": _SELF,
    # people and API keys; no key makes another one, or lets anybody in
    "list_people": _SUPER_ADMIN,
    "invite_super_admin": _SUPER_ADMIN,
    "read_person": _SUPER_ADMIN,
    "change_person": _SUPER_ADMIN,
    "reset_second_factor": _SUPER_ADMIN,
    "list_users": _admin("tenant"),
    "invite_user": _admin("tenant"),
    "read_user": _admin("tenant"),
    "change_user": _admin("tenant"),
    "invite_user_again": _admin("tenant"),
    "reset_user_second_factor": _admin("tenant"),
    "read_tenant_access": _admin("tenant"),
    "put_tenant_access": _admin("tenant"),
    "list_api_keys": _admin("tenant"),
    "create_api_key": _admin("tenant"),
    "revoke_api_key": _admin("tenant"),
    # tenants and connections
    "create_tenant": _SUPER_ADMIN,
    "list_tenants": _SELF,
    "put_connection": _admin("tenant", "settings:write"),
    "list_connections": _admin("tenant", "settings:read"),
    "read_connection": _admin("tenant", "settings:read"),
    "test_connection": _admin("tenant", "settings:write"),
    # callbacks: the first two prove themselves by their signature
    "receive": Permission("open"),
    "receive_for_app": Permission("open"),
    "read_callbacks": _admin("tenant", "settings:read"),
    "put_callbacks": _admin("tenant", "settings:write"),
    "start_connecting": _admin("tenant", "settings:write"),
    "show_attempt": _admin("tenant", "settings:write"),
    "choose_organisations": _admin("tenant", "settings:write"),
    "consent_callback": Permission("open"),
    "disconnect": _admin("tenant", "settings:write"),
    "list_notices": _admin("tenant", "settings:read"),
    # companies and their settings
    "create_company": _admin("tenant", "settings:write"),
    "list_companies": _admin("sifted", "settings:read"),
    "read_company": _admin("company", "settings:read"),
    "put_settings": _admin("company", "settings:write"),
    "arm": _admin("company", "settings:write"),
    "disarm": _admin("company", "settings:write"),
    "read_reference": _admin("company", "settings:read"),
    "list_snapshots": _admin("company", "settings:read"),
    "read_snapshot": _admin("company", "settings:read"),
    "read_difference": _admin("company", "settings:read"),
    "plan_settings": _admin("company", "settings:read"),
    "roll_back": _admin("company", "settings:write"),
    # the account
    "list_audit": _admin("tenant", "settings:read"),
    "verify_audit": _admin("tenant", "settings:read"),
    "list_installation_audit": _SUPER_ADMIN,
    "verify_installation_audit": _SUPER_ADMIN,
    "list_services": _SUPER_ADMIN,
    "list_dead_letters": _SUPER_ADMIN,
    "redrive_dead_letter": _SUPER_ADMIN,
    "discard_dead_letter": _SUPER_ADMIN,
    "read_support_bundle": _SUPER_ADMIN,
    "read_profile": _admin("tenant", "settings:read"),
    "put_profile": _admin("tenant", "settings:write"),
    "read_options": _admin("tenant", "settings:read"),
    "put_options": _admin("tenant", "settings:write"),
    "read_limits": _admin("tenant", "settings:read"),
    "put_limits": _OPERATOR,
    "suspend": _OPERATOR,
    "resume": _OPERATOR,
    "read_call_log": _admin("tenant", "settings:read"),
    "switch_call_log": _admin("tenant", "settings:write"),
    "clear_call_log": _admin("tenant", "settings:write"),
    "list_calls": _admin("tenant"),
    "read_call": _admin("tenant"),
    "export_tenant": _admin("tenant"),
    "read_evidence_setting": _admin("tenant", "settings:read"),
    "put_evidence_setting": _admin("tenant"),
    "read_evidence": _admin("company"),
    "delete_tenant": _OPERATOR,
    "read_statistics": _admin("tenant", "records:read"),
    "list_reports": _admin("tenant", "records:read"),
    "read_usage": _admin("tenant", "records:read"),
    "read_report": _admin("tenant", "records:read"),
    "check_setup": _admin("company", "settings:read"),
    "suggest_mappings": _admin("company", "settings:read"),
    # runs and records
    "request_run": _user("sifted", "records:write"),
    "request_sync_all": _user("sifted", "records:write"),
    "read_sync_all": _user("sifted", "records:read"),
    "list_runs": _user("sifted", "records:read"),
    "read_run": _user("sifted", "records:read"),
    "list_records": _user("sifted", "records:read"),
    "read_record": _user("company", "records:read"),
    "command_record": _user("company", "records:write"),
    # previews and approvals
    "request_preview": _user("sifted", "records:read"),
    "read_preview": _user("sifted", "records:read"),
    "approve": _user("sifted", "records:write"),
    # cut-over
    "request_proposals": _admin("sifted", "records:read"),
    "read_proposals": _admin("sifted", "records:read"),
    "list_contacts": _admin("sifted", "records:read"),
    "list_documents": _admin("sifted", "records:read"),
    "decide_links": _admin("sifted", "records:write"),
    "adopt": _admin("sifted", "records:write"),
}

Verdict = Literal["granted", "nobody", "second_factor_due", "no_tenant", "no_company", "forbidden"]


def decide(permission: Permission, caller: Caller | None, tenant_id: str | None, company_id: str | None) -> Verdict:
    """Whether the caller may do it to the tenant and company that the path names."""
    if permission.reach == "open":
        return "granted"
    if caller is None:
        return "nobody"
    if caller.signing_in and permission.reach != "signing_in":
        return "second_factor_due"
    if permission.reach in ("self", "signing_in") or caller.super_admin:
        return "granted"
    return _in_tenant(permission, caller, tenant_id, company_id)


def _in_tenant(permission: Permission, caller: Caller, tenant_id: str | None, company_id: str | None) -> Verdict:
    if tenant_id is None:
        return "forbidden"
    standing = caller.standings.get(tenant_id)
    if standing is None:
        return "no_tenant"
    if not _may(permission, standing):
        return "forbidden"
    return "granted" if company_id is None or standing.sees(company_id) else "no_company"


def _may(permission: Permission, standing: Standing) -> bool:
    if permission.reach == "installation":
        return False
    if permission.reach == "tenant" and standing.companies is not None:
        return False
    if standing.role is None:
        return permission.scope is not None and permission.scope in standing.scopes
    return permission.least is not None and ROLES.index(standing.role) >= ROLES.index(permission.least)
