"""Settings of companies: what was saved by an earlier release still says the same."""

from typing import Any

import pytest
from pydantic import ValidationError

from tieout_contracts.settings import AccountRule, CompanySettings, SettingsSnapshot

SAVED: dict[str, Any] = {
    "name": "Acme Sydney",
    "connectwise_connection": "connectwise",
    "ledger_connection": "xero",
    "organisation_id": "3f1d2f0e",
    "accounts": [{"connectwise_account": "4001", "ledger_account": "200"}],
    "tax": {
        "mode": "by_tax_group",
        "rules": [{"connectwise_tax_code": "GST", "ledger_tax_code": "OUTPUT"}],
        "untaxed": "EXEMPTOUTPUT",
        "out_of_scope": "BASEXCLUDED",
    },
    "adjustment": {"item_code": "ROUNDING", "account": "860", "limit": "0.50"},
    "tracking_categories": ["Region"],
    "non_product": {"service": "SVC", "expense": None, "agreement": None, "deferred_revenue": None},
}
"""As the first release kept them."""


def test_settings_of_the_first_release_are_read_and_mean_what_they_meant() -> None:
    settings = CompanySettings.model_validate(SAVED)
    assert settings.accounts == (AccountRule(connectwise_account="4001", ledger_account="200"),)
    assert (settings.tax.zeros, settings.tax.levels, settings.tax.avalara) == ((), (), "refuse")
    assert settings.non_product.service_enabled
    assert (settings.post_items, settings.long_item_codes, settings.terms_past_month_end) == (True, "shorten", "clamp")
    assert settings.class_segments == ("tracking", "tracking", "non_product_id")


def test_a_snapshot_travels_whole() -> None:
    changed = SAVED | {
        "tracking_rules": [{"category": "Region", "option": "[Lookup]", "gl_type": "R"}],
        "sales_representatives": [{"sales_representative": "R7", "option": "North"}],
        "tax": {
            "mode": "by_tax_level",
            "levels": [{"connectwise_levels": ["STATE", "CITY"], "ledger_tax_code": "TAX001"}],
            "levels_as_lines": ["FEE"],
            "zeros": [{"reason": "export", "ledger_tax_code": "EXEMPTEXPORT", "customer_taxable": False}],
        },
    }
    snapshot = SettingsSnapshot.model_validate(
        {"tenant_id": "acme", "company_id": "acme-sydney", "version": 3, "settings": changed}
    )
    assert SettingsSnapshot.model_validate_json(snapshot.model_dump_json()) == snapshot


@pytest.mark.parametrize(
    "wrong",
    [
        {"tax": {"mode": "by_guess"}},
        {"tax": {"zeros": [{"reason": "nobody_knows", "ledger_tax_code": "X"}]}},
        {"class_segments": ["colour"]},
        {"terms_past_month_end": "surprise"},
    ],
)
def test_a_word_that_no_rule_knows_is_refused_at_save(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CompanySettings.model_validate(SAVED | wrong)
