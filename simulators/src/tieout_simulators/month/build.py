"""The demo's month: October 2026 of Harbourline IT, an MSP in Sydney."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from tieout_simulators.frame.exact_json import dumps
from tieout_simulators.month.agreements import Agreement, itemised_agreement, mid_month_agreement, plain_agreement
from tieout_simulators.month.catalogue import Product, catalogue
from tieout_simulators.month.companies import Clientele, Customer, clientele
from tieout_simulators.month.connectwise_side import connectwise_data
from tieout_simulators.month.dice import dice
from tieout_simulators.month.documents import Document
from tieout_simulators.month.exceptions import exceptional_documents, stale_documents
from tieout_simulators.month.faults import connectwise_faults
from tieout_simulators.month.invoices import Makers
from tieout_simulators.month.numbering import Numbering
from tieout_simulators.month.places import SYDNEY
from tieout_simulators.month.shapes import JsonObject
from tieout_simulators.month.tenant_settings import company_settings, expectations
from tieout_simulators.month.xero_side import APP, DEMO_NAME, DEMO_TENANT, demo_organisation

PLAIN_AGREEMENTS = 91
ITEMISED_AGREEMENTS = 28
STANDARD = 146
PROGRESS = 24
MISCELLANEOUS = 32
CREDIT_MEMOS = 16
MAX_SCALE = 50


@dataclass(frozen=True)
class Month:
    """The files: what ConnectWise holds, what each ledger holds, and what must come of it.

    The ledgers are Xero and QuickBooks Online; what of the two is not used is empty.
    """

    connectwise: JsonObject
    xero: JsonObject
    expected: JsonObject
    qbo: JsonObject = field(default_factory=dict)

    @property
    def ledgers(self) -> dict[str, JsonObject]:
        """Those that are used, by name."""
        return {name: held for name, held in (("xero", self.xero), ("qbo", self.qbo)) if held}

    def write(self, folder: Path, *, indent: int | None = 1) -> tuple[Path, ...]:
        """Write the files into `folder` (made when missing) with exact decimals; the same month, the same bytes.

        Without an indent they are a third smaller and written several times as fast.
        """
        folder.mkdir(parents=True, exist_ok=True)
        ledgers = {f"{name}.json": held for name, held in self.ledgers.items()}
        files = {"connectwise.json": self.connectwise, **ledgers, "expected.json": self.expected}
        for name, content in files.items():
            (folder / name).write_bytes(dumps(content, indent=indent) + b"\n")
        return tuple(folder / name for name in files)


def build_month(seed: int = 7, scale: int = 1) -> Month:
    """The month of that seed; `scale` multiplies the ordinary documents, the special cases stay as they are.

    Raises ValueError for a scale outside 1 to 50.
    """
    if not 1 <= scale <= MAX_SCALE:
        msg = f"scale must be from 1 to {MAX_SCALE}, not {scale}"
        raise ValueError(msg)
    people, products = clientele(seed), catalogue()
    agreements = _agreements(seed, scale, people, products)
    special = exceptional_documents(Makers(products, dice(seed, "exceptions")), people)
    documents = [*_ordinary(seed, scale, people, products, agreements), *special]
    documents.sort(key=lambda document: document.dated)
    numbering = Numbering()
    stale = stale_documents(Makers(products, dice(seed, "stale")), people)
    issued = [*numbering.issue_old(stale), *numbering.issue(documents)]
    connectwise = connectwise_data(
        customers=people.everybody,
        products=products,
        agreements=[(agreement, SYDNEY) for agreement in agreements],
        issued=issued,
        locations=(SYDNEY,),
        row_copies={str(each.id): 2 for each in issued[-40::17]},
    )
    company = company_settings(DEMO_NAME, "xero", DEMO_TENANT, SYDNEY)
    return Month(
        connectwise=connectwise,
        xero={"format": "tieout-xero/1", "app": dict(APP), "organisations": [demo_organisation(issued, products)]},
        expected=expectations(issued, [company], connectwise_faults(issued, numbering)),
    )


def _agreements(seed: int, scale: int, people: Clientele, products: tuple[Product, ...]) -> list[Agreement]:
    """Itemised ones first (a home of the parent company each, the largest with every item), then those with a fee."""
    rolls = dice(seed, "agreements")
    ids = iter(range(701, 701 + scale * 1_000))
    served = cycle((*people.homes, *people.regular))
    agreements = [
        itemised_agreement(
            next(ids),
            next(served),
            products,
            rolls,
            count=45 if index == 0 else rolls.randint(4, 32),
            first_addition_id=9_001 + 100 * index,
        )
        for index in range(ITEMISED_AGREEMENTS * scale)
    ]
    agreements.append(mid_month_agreement(next(ids), next(served)))
    agreements += [plain_agreement(next(ids), next(served), rolls) for _ in range(PLAIN_AGREEMENTS * scale)]
    return agreements


def _ordinary(
    seed: int, scale: int, people: Clientele, products: tuple[Product, ...], agreements: list[Agreement]
) -> Iterator[Document]:
    makers = Makers(products, dice(seed, "documents"))
    signed = {agreement.customer.id: agreement for agreement in agreements}

    def customer() -> Customer:
        return makers.rolls.choice(people.served)

    yield from (makers.agreement(agreement) for agreement in agreements)
    for _ in range(STANDARD * scale):
        served = customer()
        yield makers.standard(served, signed.get(served.id))
    yield from (makers.progress(customer(), serial) for serial in range(PROGRESS * scale))
    yield from (makers.miscellaneous(customer()) for _ in range(MISCELLANEOUS * scale))
    yield from (makers.credit_memo(customer()) for _ in range(CREDIT_MEMOS * scale))
