"""Settings as YAML: what is written is read back the same, and what is no settings is told in a sentence."""

from pathlib import Path

import pytest

from tieout_contracts.expense_settings import ExpenseLink, ExpenseSettings
from tieout_contracts.settings import AccountRule, AdjustmentSettings, CompanySettings, TaxRule, TaxSettings
from tieout_standalone.settings_files import NotSettings, as_yaml, read_yaml

SETTINGS = CompanySettings(
    name='Käfer & Söhne: "IT"',
    connectwise_connection="connectwise",
    ledger_connection="xero",
    organisation_id="0200",
    connectwise_locations=(11, 12),
    adjustment=AdjustmentSettings(account="0860", limit="0.50"),
)
FULL = SETTINGS.model_copy(
    update={
        "accounts": (AccountRule(ledger_account="210", item_code="yes"), AccountRule(ledger_account="1e3")),
        "tax": TaxSettings(rules=(TaxRule(connectwise_tax_code="GST", ledger_tax_code="OUTPUT"),), taxed="null"),
        "sync": "on_request",
        "takes_records": False,
        "expenses": ExpenseSettings(
            required_approval="any",
            offset_account="02150",
            links=(
                ExpenseLink(member="ARO", payment_type="Company: card", action="payment_account", ledger_account="06"),
                ExpenseLink(payment_type="no", action="offset_account"),
            ),
        ),
    }
)


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "settings.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize("settings", [SETTINGS, FULL], ids=["plain", "full"])
def test_what_is_written_is_read_back_the_same_but_for_arming(tmp_path: Path, settings: CompanySettings) -> None:
    text = as_yaml(settings.model_dump(mode="json"))
    assert "arming" not in text
    read = CompanySettings.model_validate(read_yaml(written(tmp_path, text)))
    assert read == settings.model_copy(update={"arming": read.arming})


def test_amounts_and_codes_stay_as_a_person_types_them(tmp_path: Path) -> None:
    """YAML 1.1 reads 0.50 as a float, 0200 as an octal number and 2026-10-01 as a date."""
    typed = "account: 0860\nlimit: 0.50\nday: 2026-10-01\nknown: yes\nnothing: ~\n"
    expected = {"account": "0860", "limit": "0.50", "day": "2026-10-01", "known": True, "nothing": None}
    assert read_yaml(written(tmp_path, typed)) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name: [", "is no YAML"),
        ("- a\n- b\n", "holds no settings"),
        ("", "holds no settings"),
        ("!!python/object/apply:os.system ['true']", "is no YAML"),
        ("arming: {armed: true}", "arm the company itself"),
        ("[" * 5_000, "is no YAML"),
        ("#" * (1024 * 1024 + 1), "is larger than"),
    ],
    ids=["cut off", "a list", "empty", "code", "arming", "deep", "large"],
)
def test_a_file_that_holds_no_settings_is_told_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(NotSettings, match=words):
        read_yaml(written(tmp_path, text))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NotSettings, match="is no YAML"):
        read_yaml(file)
