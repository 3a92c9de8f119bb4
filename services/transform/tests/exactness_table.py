"""How 2,000 coherent records become exact, as a table: `python services/transform/tests/exactness_table.py [SEED]`.

Coherent means: lines, tax levels and total agree the way ConnectWise makes them agree (`transform_kit.generator`). Each
plan is checked by the independent arithmetic of `transform_kit.ledger`; a fault ends the script with status 1.
"""

import sys
from collections import Counter
from random import Random

from transform_kit.generator import coherent_record
from transform_kit.ledger import faults_of
from transform_kit.records import reference, snapshot

from tieout_contracts.posting import Posting
from tieout_transform.rules.plan import plan

RECORDS = 2000


def main(seed: int) -> int:
    random, ledger, settings = Random(seed), reference(), snapshot()
    documents: Counter[str] = Counter()
    methods: Counter[str] = Counter()
    refusals: Counter[str] = Counter()
    faults: list[str] = []
    tax_cents = adjusted_cents = 0
    for number in range(RECORDS):
        record = coherent_record(random)
        planned = plan(record, settings, ledger)
        if not isinstance(planned, Posting):
            documents["refused"] += 1
            refusals.update(problem.code for problem in planned)
            continue
        faults += [f"record {number}: {fault}" for fault in faults_of(planned, record, ledger)]
        lines = planned.document.lines
        methods.update(line.method or line.kind for line in lines)
        moved = sum(line.tax_override for line in lines)
        adjusted = [line for line in lines if line.kind == "adjustment"]
        rounding = any(line.kind == "rounding" or line.method == "single_unit" for line in lines)
        tax_cents += moved
        adjusted_cents += sum(int(abs(line.amount) * 100) for line in adjusted)
        documents["posted"] += 1
        documents["… nothing moved"] += not (moved or adjusted or rounding)
        documents["… with rounding lines or single units"] += rounding
        documents["… with tax cents on lines"] += bool(moved)
        documents["… with an adjustment line"] += bool(adjusted)
    for title, counts in (("documents", documents), ("lines", methods), ("refusals", refusals)):
        print(f"\n{title}")
        for name, count in counts.most_common():
            print(f"  {name:<42}{count:>8,}")
    print(f"\ncents of tax moved onto lines: {tax_cents:,}; cents in adjustment lines: {adjusted_cents:,}")
    print(f"faults found by the independent arithmetic: {len(faults)}")
    print("\n".join(faults[:20]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 7))
