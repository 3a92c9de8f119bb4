"""What one company's settings say about where its documents come from and go to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tieout_standalone.tie_out.tax_as_lines import NO_TAX_AS_LINES, TaxAsLines
from tieout_standalone.tie_out.tax_codes import TaxCodes


@dataclass(frozen=True)
class BilledCompany:
    """One company, as far as the proof must know it."""

    organisation_id: str
    batch_prefix: str
    adjustment_account: str
    locations: frozenset[int] = frozenset()
    """Its ConnectWise locations; empty: all."""
    account_map: Mapping[str, str] = field(default_factory=dict)
    """ConnectWise account to ledger account, where they differ."""
    tax_as_lines: TaxAsLines = NO_TAX_AS_LINES
    tax_codes: TaxCodes | None = None
    """None: tax codes are not compared."""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> "BilledCompany":
        tax = settings.get("tax", {})
        return cls(
            organisation_id=settings["organisation_id"],
            batch_prefix=settings.get("batch_prefix", "TIE"),
            adjustment_account=settings["adjustment"]["account"],
            locations=frozenset(settings.get("connectwise_locations", ())),
            account_map={rule["connectwise_account"]: rule["ledger_account"] for rule in settings.get("accounts", ())},
            tax_as_lines=TaxAsLines.of(tax),
            tax_codes=TaxCodes.of(tax) if tax else None,
        )

    def bills(self, invoice: Mapping[str, Any]) -> bool:
        return not self.locations or invoice.get("locationId") in self.locations
