"""Which zero a line bears that ConnectWise does not tax: its reason decides, never the amount."""

from tieout_contracts.records import InvoiceContent, RecordLine
from tieout_contracts.settings import TaxSettings, ZeroRule
from tieout_transform.rules.chart import folded


class RankedZeros:
    """A company's rules for untaxed lines, in the order in which they win."""

    def __init__(self, settings: TaxSettings) -> None:
        self._rules = sorted(settings.zeros, key=_specificity, reverse=True)
        self._otherwise = settings.untaxed

    def chosen(self, line: RecordLine, record: InvoiceContent) -> tuple[str, str] | None:
        """The ledger tax code and the reason in words; None where nothing says which zero it is."""
        rule = next((rule for rule in self._rules if _fits(rule, line, record)), None)
        if rule is not None:
            return rule.ledger_tax_code.strip(), f"ConnectWise does not tax it ({rule.reason.replace('_', ' ')})"
        if self._otherwise is None:
            return None
        return self._otherwise, "ConnectWise does not tax it"


def _specificity(rule: ZeroRule) -> tuple[bool, ...]:
    """Compared from the left: the narrowest condition decides first."""
    return (
        rule.item_code is not None,
        rule.gl_type is not None,
        rule.connectwise_tax_code is not None,
        rule.customer_taxable is not None,
    )


def _fits(rule: ZeroRule, line: RecordLine, record: InvoiceContent) -> bool:
    tax_code = line.tax_code or record.tax_code or ""
    return (
        (rule.item_code is None or folded(rule.item_code) == folded(line.item_code or ""))
        and (rule.gl_type is None or folded(rule.gl_type) == folded(line.gl_type))
        and (rule.connectwise_tax_code is None or folded(rule.connectwise_tax_code) == folded(tax_code))
        and (rule.customer_taxable is None or rule.customer_taxable == record.taxable)
    )
