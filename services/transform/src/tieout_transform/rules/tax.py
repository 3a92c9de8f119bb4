"""Which of the ledger's tax codes a line bears: from ConnectWise's tax code and line flags, never from an amount of 0.

Reverse charge, export, zero-rated, exempt and out of scope all make no tax, and stand on different lines of a return;
so what is not mapped is refused.
"""

from dataclasses import dataclass

from tieout_contracts.documents import TaxMode
from tieout_contracts.records import InvoiceContent, RecordLine
from tieout_contracts.reference import LedgerAccount, LedgerTaxRate
from tieout_contracts.settings import TaxRule, TaxSettings
from tieout_transform.rules.chart import Chart, folded
from tieout_transform.rules.company import CompanyMaps
from tieout_transform.rules.findings import Findings

_AUTOMATED: dict[str, TaxMode] = {"ledger_tax": "computed", "override": "override"}


@dataclass(frozen=True, slots=True)
class TaxMap:
    """One company's tax mapping, looked at from one document."""

    settings: TaxSettings
    maps: CompanyMaps
    level_codes: dict[int, str]
    as_lines: frozenset[int]
    """The levels whose tax is posted as lines."""
    all_as_lines: bool
    automated: LedgerTaxRate | None = None
    """The ledger's code of lines whose tax it finds itself, at a rate of its own."""

    def by_rate(self, line: RecordLine) -> tuple[int, ...]:
        """The levels of `line` whose tax the ledger computes.

        A line may be flagged for levels that its document does not have; those make no tax and no rounding.
        """
        if self.all_as_lines:
            return ()
        levels = [each for each in line.taxable_levels if each in self.level_codes] or line.taxable_levels
        return tuple(each for each in levels if each not in self.as_lines)


@dataclass(frozen=True, slots=True)
class LineTax:
    """The ledger's tax rate for a line, and why it bears none where it bears none."""

    rate: LedgerTaxRate
    because: str = ""


def tax_mode(settings: TaxSettings, chart: Chart) -> TaxMode:
    """How the document's tax comes about: by the codes of its lines, or as chosen where the ledger finds it itself."""
    if chart.reference.sales_tax != "automated" or chart.ledger.automated_code is None:
        return "exclusive"
    return _AUTOMATED.get(settings.automated, "exclusive")


def tax_map(record: InvoiceContent, settings: TaxSettings, maps: CompanyMaps, chart: Chart) -> TaxMap:
    level_codes = {level.level: level.code or f"level {level.level}" for level in record.tax_levels}
    named = {folded(code) for code in settings.levels_as_lines} if settings.mode == "by_tax_level" else set()
    return TaxMap(
        settings=settings,
        maps=maps,
        level_codes=level_codes,
        as_lines=frozenset(level for level, code in level_codes.items() if folded(code) in named),
        all_as_lines=settings.mode == "gl_entries"
        or (record.uses_avalara and settings.avalara == "tax_lines")
        or (chart.reference.sales_tax == "automated" and settings.automated == "tax_lines"),
        automated=chart.ledger.automated_code if tax_mode(settings, chart) != "exclusive" else None,
    )


def ledger_tax_rate(
    index: int, record: InvoiceContent, taxes: TaxMap, chart: Chart, findings: Findings
) -> LineTax | None:
    """The ledger's tax rate for the record's line `index`; None was refused with its cause."""
    line = record.lines[index]
    if taxes.automated is not None and taxes.by_rate(line):
        return _automated(line, record, taxes, taxes.automated, chart)
    code, because = _code(index, line, record, taxes, findings)
    if line.applied is not None and line.applied.ledger_tax_code is not None:
        code = line.applied.ledger_tax_code
    if code is None:
        return None
    rate = chart.tax_rates.get(code.strip())
    if rate is None or not rate.active:
        findings.add("rules.tax_code_missing", line=index, tax_code=code)
        return None
    if rate.rate and not taxes.by_rate(line):
        findings.add("rules.zero_is_taxed", line=index, tax_code=rate.code, rate=f"{rate.rate.normalize():f}")
        return None
    return LineTax(rate, "" if rate.rate else because)


def _code(
    index: int, line: RecordLine, record: InvoiceContent, taxes: TaxMap, findings: Findings
) -> tuple[str | None, str]:
    """The mapped ledger code and, in words, why it bears no tax, should it bear none."""
    if taxes.by_rate(line):
        return _taxed_code(index, line, record, taxes, findings)
    if taxes.all_as_lines or line.taxable_levels:
        code = taxes.settings.lines_tax_code or taxes.settings.out_of_scope
        if code is None:
            findings.add("rules.tax_lines_unset", line=index)
        return code, "its tax stands on lines of its own"
    zero = taxes.maps.zeros.chosen(line, record)
    if zero is None:
        findings.add("rules.untaxed_unset", line=index)
        return None, ""
    return zero


def _taxed_code(
    index: int, line: RecordLine, record: InvoiceContent, taxes: TaxMap, findings: Findings
) -> tuple[str | None, str]:
    if taxes.settings.mode == "by_tax_level" and taxes.level_codes:
        return _code_of_levels(index, line, taxes, findings)
    connectwise_code = line.tax_code or record.tax_code or ""
    if taxes.settings.mode == "by_tax_flag":  # else by the code, also where a document by tax level has no level
        code, because = taxes.settings.taxed, ""
    else:
        rule = taxes.maps.tax_rules.get(folded(connectwise_code))
        code, because = (rule.ledger_tax_code, _because(rule)) if rule else (None, "")
    if code is None:
        findings.add("rules.tax_unmapped", line=index, tax_code=connectwise_code)
    return code, because


def _code_of_levels(index: int, line: RecordLine, taxes: TaxMap, findings: Findings) -> tuple[str | None, str]:
    """By the combination of levels; a single level also by the rule for its code."""
    names = [taxes.level_codes.get(level, f"level {level}") for level in taxes.by_rate(line)]
    code = taxes.maps.combinations.get(frozenset(map(folded, names)))
    if code is None and len(names) == 1 and (rule := taxes.maps.tax_rules.get(folded(names[0]))):
        return rule.ledger_tax_code, _because(rule)
    if code is None:
        findings.add("rules.tax_levels_unmapped", line=index, levels=" + ".join(names))
    return code, ""


def _automated(line: RecordLine, record: InvoiceContent, taxes: TaxMap, own: LedgerTaxRate, chart: Chart) -> LineTax:
    """The ledger's own code, unless the line's code is mapped to that of what is not taxed."""
    rule = taxes.maps.tax_rules.get(folded(line.tax_code or record.tax_code or ""))
    if (
        rule
        and (mapped := chart.tax_rates.get(rule.ledger_tax_code.strip()))
        and mapped.code == chart.ledger.untaxed_code
    ):
        return LineTax(mapped, _because(rule))
    return LineTax(own)


def _because(rule: TaxRule) -> str:
    told = f" ({rule.reason.replace('_', ' ')})" if rule.reason else ""
    return f"the tax code {rule.connectwise_tax_code} makes none{told}"


def is_applicable(rate: LedgerTaxRate, account: LedgerAccount) -> bool:
    """Whether the ledger lets the rate stand on a line of that class of account; a rate that names none may."""
    return not rate.applies_to or account.account_class.upper() in {name.upper() for name in rate.applies_to}
