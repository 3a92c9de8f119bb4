"""``python -m tieout_simulators connectwise|xero|month ...``: one door to every simulator."""

import argparse
import importlib
import sys
from collections.abc import Sequence

_SUBCOMMANDS = {
    "connectwise": "serve a stateful ConnectWise PSA",
    "xero": "serve a stateful Xero (identity and Accounting API)",
    "qbo": "serve a stateful QuickBooks Online (OAuth and Accounting API)",
    "month": "write a believable month of an MSP as data files for both",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Hand the arguments to ``<subcommand>.cli.main``; siblings are imported only when asked for."""
    parser = argparse.ArgumentParser(
        prog="tieout_simulators",
        description="Simulators to try Tieout against, and the other side of its tests.",
        epilog="\n".join(f"  {name:12} {text}" for name, text in _SUBCOMMANDS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("subcommand", choices=sorted(_SUBCOMMANDS))
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="see '<subcommand> --help'")
    parsed = parser.parse_args(argv)
    module = importlib.import_module(f"tieout_simulators.{parsed.subcommand}.cli")
    status: int = module.main(parsed.arguments)
    return status


if __name__ == "__main__":
    sys.exit(main())
