"""`python -m tieout_simulators month`: write the data files."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from tieout_simulators.month.build import build_month
from tieout_simulators.month.volume import LEDGERS, build_volume


def main(argv: Sequence[str] | None = None) -> int:
    """Write `connectwise.json`, the ledger's `xero.json` or `qbo.json`, and `expected.json`; returns the status."""
    parser = argparse.ArgumentParser(prog="tieout_simulators month", description="A believable month of an MSP.")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same bytes (default 7)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where the three files go")
    parser.add_argument("--scale", type=int, default=1, help="multiplies the ordinary documents (default 1)")
    volume = parser.add_argument_group("a bench volume instead of the demo's month")
    volume.add_argument("--invoices", type=int, metavar="N", help="how many invoices in all, without exceptions")
    volume.add_argument("--lines", type=int, default=10, metavar="L", help="lines of each (default 10)")
    volume.add_argument("--organisations", type=int, default=1, help="organisations to share them (default 1)")
    volume.add_argument("--ledger", choices=LEDGERS, default="xero", help="whose organisations (default xero)")
    wanted = parser.parse_args(argv)
    if wanted.invoices is None and wanted.ledger != "xero":
        parser.error("the demo's month is Xero's: --ledger goes with --invoices")
    try:
        if wanted.invoices is None:
            month = build_month(wanted.seed, wanted.scale)
        else:
            month = build_volume(wanted.invoices, wanted.lines, wanted.organisations, wanted.seed, wanted.ledger)
    except ValueError as error:
        parser.error(str(error))
    for path in month.write(wanted.out, indent=1 if wanted.invoices is None else None):
        print(path)
    return 0
