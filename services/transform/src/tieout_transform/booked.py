"""What an earlier document was booked with in the ledger, for the lines that take it off again.

Kept when a down payment or a progress invoice is planned to be posted, and laid on the applied line when the later
record arrives: mappings may have changed in between, and the one must clear the other.
"""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_contracts.posting import Posting
from tieout_contracts.records import AppliedPosting, CanonicalRecord, RecordLine
from tieout_transform.store.tables import planning

TAKEN_OFF_LATER = frozenset({"DownPayment", "Progress"})

Codes = tuple[str, str]
"""A ledger account and a tax code."""


def booked(record: CanonicalRecord, posting: Posting) -> list[list[str]]:
    """The accounts and tax codes of what the document bills; none where nothing takes it off again."""
    if record.invoice_type not in TAKEN_OFF_LATER:
        return []
    billed = [line for line in posting.document.lines if line.kind == "source" and line.amount > 0]
    return [list(each) for each in sorted({(line.account_code, line.tax_code) for line in billed})]


async def with_booked(tx: AsyncConnection, tenant_id: str, company_id: str, record: CanonicalRecord) -> CanonicalRecord:
    """`record`, its applied lines with the codes that the earlier documents were booked with, where they are known.

    Where they were booked in several ways, nobody can say which one a line clears: it is marked, and refused.
    """
    wanted = {each for line in record.lines if line.applied for each in line.applied.record_ids}
    if not wanted:
        return record
    found = sa.select(planning.c.record_id, planning.c.booked).where(
        planning.c.tenant_id == tenant_id,
        planning.c.company_id == company_id,
        planning.c.kind == "invoice",
        planning.c.record_id.in_(sorted(wanted)),
        planning.c.booked.is_not(None),
    )
    codes = {row.record_id: [(account, tax) for account, tax in row.booked] for row in (await tx.execute(found)).all()}
    lines = tuple(_with_codes(line, line.applied, codes) if line.applied else line for line in record.lines)
    return record.model_copy(update={"lines": lines})


def _with_codes(line: RecordLine, applied: AppliedPosting, codes: Mapping[int, Sequence[Codes]]) -> RecordLine:
    told = {each for record_id in applied.record_ids for each in codes.get(record_id, ())}
    if not told:
        return line
    account, tax_code = min(told)
    changes = {"ledger_account": account, "ledger_tax_code": tax_code, "booked_alike": len(told) == 1}
    return line.model_copy(update={"applied": applied.model_copy(update=changes)})
