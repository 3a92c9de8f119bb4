"""Walls between tenants: row-level security on every table that has rows of tenants."""

from tieout_config_api.migrations.walls import wall_of_parents, wall_of_tenant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OF_TENANT = (
    "api_key",
    "api_usage",
    "audit",
    "audit_head",
    "call_log_switch",
    "callback_door",
    "command",
    "company",
    "connect_attempt",
    "connection",
    "consent",
    "logged_call",
    "notice",
    "preview",
    "record",
    "run",
    "tenant",
    "tenant_access",
    "tenant_limit",
    "tenant_profile",
)
OF_PARENTS = {
    ("access_token", "connection_id"): {"connection": "connection_id", "consent": "consent_id"},
    ("token_renewal", "connection_id"): {"connection": "connection_id", "consent": "consent_id"},
    ("settings_snapshot", "company_id"): {"company": "company_id"},
    ("reference", "company_id"): {"company": "company_id"},
    ("previewed", "preview_id"): {"preview": "preview_id"},
    ("proposed_contact", "preview_id"): {"preview": "preview_id"},
    ("proposed_document", "preview_id"): {"preview": "preview_id"},
}


def upgrade() -> None:
    for table in OF_TENANT:
        wall_of_tenant(table)
    for (table, key), parents in OF_PARENTS.items():
        wall_of_parents(table, key, parents)
