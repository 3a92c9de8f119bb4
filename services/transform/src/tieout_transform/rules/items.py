"""Which item a line names, and the code that fits the ledger."""

import hashlib

from tieout_contracts.documents import LedgerItem
from tieout_contracts.records import RecordLine
from tieout_contracts.settings import NonProductDefaults
from tieout_transform.rules.findings import Findings

MAX_CODE_CHARACTERS = 30
MAX_NAME_CHARACTERS = 50
_CHECK_CHARACTERS = 6


def ledger_item(index: int, line: RecordLine, defaults: NonProductDefaults, findings: Findings) -> LedgerItem | None:
    """The product's item, else the GL mapping's Non-Product ID, else the company's default for the GL type (F222).

    None was refused: nothing names an item for this line (F136).
    """
    code = (line.item_code or "").strip() or (line.non_product_id or "").strip() or _default(line.gl_type, defaults)
    if not code:
        findings.add("rules.item_missing", line=index, gl_type=line.gl_type)
        return None
    posted_code = short_code(code)
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
    if len(code) <= MAX_CODE_CHARACTERS:
        return code
    check = hashlib.sha256(code.encode()).hexdigest()[:_CHECK_CHARACTERS].upper()
    return f"{code[: MAX_CODE_CHARACTERS - _CHECK_CHARACTERS - 1].rstrip()}-{check}"


def _default(gl_type: str, defaults: NonProductDefaults) -> str:
    chosen = {
        "R": defaults.service,
        "RE": defaults.expense,
        "RA": defaults.agreement,
        "RD": defaults.deferred_revenue,
    }.get(gl_type)
    return (chosen or "").strip()
