"""Which item a line names, and the code that fits the ledger."""

import hashlib

from tieout_contracts.documents import LedgerItem
from tieout_contracts.records import RecordLine
from tieout_contracts.settings import CompanySettings, NonProductDefaults
from tieout_transform.rules.chart import Chart
from tieout_transform.rules.findings import Findings
from tieout_transform.rules.ledgers import Ledger
from tieout_transform.rules.segments import Segments

MAX_CODE_CHARACTERS = 30
MAX_NAME_CHARACTERS = 50
_CHECK_CHARACTERS = 6
PRODUCT = "RP"


def ledger_item(
    index: int, line: RecordLine, segments: Segments, settings: CompanySettings, chart: Chart, findings: Findings
) -> LedgerItem | None:
    """The product's item, else the GL mapping's Non-Product ID, else the company's default for the GL type (F222).

    None where the company posts no items; or it was refused: nothing names an item for this line (F136).
    """
    if not settings.post_items:
        return None
    code = (line.item_code or "").strip() or _non_product_id(line, segments, settings.non_product)
    if not code:
        findings.add("rules.item_missing", line=index, gl_type=line.gl_type)
        return None
    code = _said_differently(index, code, chart, findings)
    posted_code = short_code(code)
    if posted_code != code and settings.long_item_codes == "refuse":
        findings.add("rules.item_code_refused", line=index, item_code=code, limit=MAX_CODE_CHARACTERS)
        return None
    if posted_code != code:
        findings.add(
            "rules.item_code_too_long",
            line=index,
            item_code=code,
            posted_code=posted_code,
            limit=MAX_CODE_CHARACTERS,
        )
    name = " ".join((line.item_name or "").split()) or code
    fits = len(name) <= MAX_NAME_CHARACTERS
    return LedgerItem(code=posted_code, name=name[:MAX_NAME_CHARACTERS].rstrip(), description=None if fits else name)


def short_code(code: str) -> str:
    """`code` in at most 30 characters: cut, and ended with a check of the whole, so that two never become one (K20)."""
    return code if len(code) <= MAX_CODE_CHARACTERS else _checked(code, code)


def writable_code(code: str, ledger: Ledger) -> str:
    """`code` as the ledger can write it: other characters become hyphens, and a check of the whole ends it."""
    if not ledger.not_in_item_codes:
        return code
    plain = "".join(c if _is_writable(c, ledger) else "-" for c in " ".join(code.split()))
    return code if plain == code else _checked(plain, code)


def _said_differently(index: int, code: str, chart: Chart, findings: Findings) -> str:
    """An item that is there already has a code that the ledger takes, however it looks."""
    written = code if code.casefold() in chart.items else writable_code(code, chart.ledger)
    if written != code:
        findings.add("rules.item_code_changed", line=index, item_code=code, posted_code=written)
    return written


def _is_writable(character: str, ledger: Ledger) -> bool:
    try:
        character.encode(ledger.charset)
    except UnicodeEncodeError:
        return False
    return character.isprintable() and character not in ledger.not_in_item_codes


def _checked(text: str, whole: str) -> str:
    check = hashlib.sha256(whole.encode()).hexdigest()[:_CHECK_CHARACTERS].upper()
    return f"{text[: MAX_CODE_CHARACTERS - _CHECK_CHARACTERS - 1].rstrip()}-{check}"


def _non_product_id(line: RecordLine, segments: Segments, defaults: NonProductDefaults) -> str:
    """The GL mapping's product id, else the class segment for it, which is for lines without a product only (K1)."""
    mapped = (line.non_product_id or "").strip()
    in_class = "" if line.gl_type.upper() == PRODUCT else segments.non_product_id
    return mapped or in_class or _default(line.gl_type, defaults)


def _default(gl_type: str, defaults: NonProductDefaults) -> str:
    chosen, enabled = {
        "R": (defaults.service, defaults.service_enabled),
        "RE": (defaults.expense, defaults.expense_enabled),
        "EE": (defaults.expense, defaults.expense_enabled),
        "RA": (defaults.agreement, defaults.agreement_enabled),
        "RD": (defaults.deferred_revenue, defaults.deferred_revenue_enabled),
    }.get(gl_type.upper(), (None, False))
    return (chosen or "").strip() if enabled else ""
