"""How ConnectWise is asked for what was billed before what an invoice takes off.

A down payment says what it was made for (`applyToType`, `applyToId`), a later invoice names the same sales order,
project, phase, ticket or agreement; so does each progress invoice before it.
"""

from functools import reduce
from operator import or_

from tieout_ingest.canonical.applied import BILLED_BEFORE
from tieout_ingest.canonical.sources import AppliedKind
from tieout_providers.connectwise.conditions import Condition, where
from tieout_providers.connectwise.models import Invoice

MAX_BILLED_BEFORE = 50
"""Of more documents nobody could tell which of them is taken off."""

FIELDS = {
    "SalesOrder": "salesOrder",
    "Project": "project",
    "ProjectPhase": "phase",
    "Ticket": "ticket",
    "Agreement": "agreement",
}
"""By what a special invoice applies to: the invoice's field that names one."""


def billed_before(kind: AppliedKind, invoice: Invoice) -> Condition | None:
    """The earlier documents of what the invoice is for; None where it is for nothing that could be told.

    UNCONFIRMED (reference 7.5): that a down payment is taken off by invoices of what it was made for, and progress by
    later invoices of the same; that these fields can be asked by. The amounts are compared with what was found.
    """
    references = {
        "SalesOrder": invoice.sales_order,
        "Project": invoice.project,
        "ProjectPhase": invoice.phase,
        "Ticket": invoice.ticket,
        "Agreement": invoice.agreement,
    }
    told = {name: each.id for name, each in references.items() if each is not None and each.id is not None}
    if not told or invoice.id is None:
        return None
    each_of = [
        where("applyToType").equals(name) & where("applyToId").equals(told[name])
        if kind == "down_payment"
        else where(f"{FIELDS[name]}/id").equals(told[name])
        for name in told
    ]
    same = where("type").equals(BILLED_BEFORE[kind]) & where("id").less_than(invoice.id)
    return same & reduce(or_, each_of)
