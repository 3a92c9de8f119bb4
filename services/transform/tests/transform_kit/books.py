"""The books that generated documents are planned for: Xero, QuickBooks Online in Australia and in the United States."""

from dataclasses import dataclass, replace
from typing import Literal

from tieout_contracts.reference import LedgerReference, LedgerTaxRate, TaxComponent
from tieout_contracts.settings import TaxSettings
from transform_kit.levels import CODES, GROUPS, SUBSETS, named, percent
from transform_kit.quickbooks import american, australian, code
from transform_kit.records import RATES, rate, reference

SEVERAL, SPLIT, ON_TAX = (
    "by tax group, several codes",
    "by tax level, rates of several parts",
    "by tax level, tax on tax",
)
LEVELS = frozenset({"by tax level, rates of one part", SPLIT})


@dataclass(frozen=True, slots=True)
class Books:
    """A ledger with its codes, and what generated documents must heed there."""

    name: str
    ledger: LedgerReference
    currencies: tuple[str, ...]
    apart: frozenset[str] = frozenset()
    """Tax modes that are told apart, because the ledger has no place for them and they are refused."""
    untaxed: str | None = None
    """Where a document has one tax code for all its taxed lines: that of the others."""
    without: frozenset[str] = frozenset()
    """Tax modes that do not exist there."""
    automated: Literal["tax_lines", "ledger_tax", "override"] | None = None
    """Where the ledger finds the tax itself: what the company chose."""
    behaviour: Literal["honoured", "recomputed", "ignored"] = "honoured"
    """Where the ledger finds the tax itself: what becomes of one that it is sent."""
    metered: bool = False
    """Whether some lines bill a million of something at a tiny price."""

    def fitted(self, tax: TaxSettings) -> TaxSettings:
        """`tax` with the codes that these books have for what is not taxed."""
        if self.untaxed is None:
            return tax
        codes: dict[str, object] = {"untaxed": self.untaxed, "out_of_scope": self.untaxed, "zeros": ()}
        return tax.model_copy(update=codes | ({"automated": self.automated} if self.automated else {}))

    @property
    def finds_tax(self) -> bool:
        """Whether the tax is known only once the document was made."""
        return self.automated in ("ledger_tax", "override")


def _xero_rates() -> tuple[LedgerTaxRate, ...]:
    """Each combination of levels as a rate of one part and as one of several."""
    one = [rate(named(levels, "ONE"), str(percent(levels)), parts=(str(percent(levels)),)) for levels in SUBSETS]
    parts = [
        rate(named(levels, "MANY"), str(percent(levels)), parts=tuple(str(x.percent) for x in levels))
        for levels in SUBSETS
    ]
    simple, compound = TaxComponent(name="GST", rate="5"), TaxComponent(name="QST", rate="9.5", compound=True)
    quebec = LedgerTaxRate(code="QUEBEC", name="GST and QST", rate="14.975", components=(simple, compound))
    return (*RATES, *one, *parts, quebec, rate("VAT20", "20", parts=("20",)), rate("LOW5", "5", parts=("5",)))


def _quickbooks_codes() -> tuple[LedgerTaxRate, ...]:
    """As there: a level's rate is one rate, whatever codes it stands in."""
    groups = [code(ledger, (f"{name}-rate", str(CODES[name]))) for name, ledger in GROUPS.items()]
    one = [code(named(levels, "ONE"), (named(levels, "ALL"), str(percent(levels)))) for levels in SUBSETS]
    many = [code(named(levels, "MANY"), *((x.code, str(x.percent)) for x in levels)) for levels in SUBSETS]
    quebec = code("QUEBEC", ("GST-Quebec", "5"), ("QST", "9.5"), compound=True)
    zeros = (code("ZERO", ("zero-rated", "0")), code("EXEMPT", ("exempt", "0")), code("NONE"), code("NON"))
    return (*groups, *one, *many, quebec, *zeros)


XERO = Books(
    "Xero",
    reference(tax_rates=_xero_rates(), currencies=("AUD", "NZD", "USD", "GBP", "EUR")),
    ("AUD", "NZD", "USD", "GBP", "EUR"),
)
QBO_AUSTRALIA = Books(
    "QuickBooks Online (AU)",
    australian(tax_rates=_quickbooks_codes()),
    ("AUD",),
    metered=True,
)
QBO_UNITED_STATES = Books(
    "QuickBooks Online (US, manual sales tax)",
    american(tax_rates=_quickbooks_codes()),
    ("USD",),
    apart=frozenset({SEVERAL}),
    untaxed="NON",
    without=frozenset({ON_TAX}),
    metered=True,
)
QBO_AUTOMATED = Books(
    "QuickBooks Online (US, Automated Sales Tax, tax as lines)",
    american(tax_rates=_quickbooks_codes(), sales_tax="automated"),
    ("USD",),
    untaxed="NON",
    without=frozenset({ON_TAX}),
    automated="tax_lines",
    metered=True,
)
QBO_LEDGER_TAX = replace(
    QBO_AUTOMATED, name="QuickBooks Online (US, Automated Sales Tax, its own tax)", automated="ledger_tax"
)
QBO_OVERRIDE = replace(
    QBO_AUTOMATED,
    name="QuickBooks Online (US, Automated Sales Tax, override that is honoured)",
    without=frozenset(),
    automated="override",
)
QBO_RECOMPUTED = replace(
    QBO_OVERRIDE,
    name="QuickBooks Online (US, Automated Sales Tax, override that is recomputed)",
    behaviour="recomputed",
)
QBO_IGNORED = replace(
    QBO_OVERRIDE, name="QuickBooks Online (US, Automated Sales Tax, override that is ignored)", behaviour="ignored"
)
BY_RATE_BOOKS = (XERO, QBO_AUSTRALIA, QBO_UNITED_STATES)
"""Those whose ledger taxes by ConnectWise's rates."""
ALL_BOOKS = (*BY_RATE_BOOKS, QBO_AUTOMATED, QBO_LEDGER_TAX, QBO_OVERRIDE)
MEASURED_BOOKS = (*ALL_BOOKS, QBO_RECOMPUTED, QBO_IGNORED)
"""The last two are planned like the override that is honoured."""
