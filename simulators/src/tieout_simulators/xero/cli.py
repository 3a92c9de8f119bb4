"""``python -m tieout_simulators xero --port N [--data FILE] [--minute-limit N] …``"""

import argparse
import sys
from collections.abc import Sequence

from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.frame.server import add_server_arguments, serve_until_stopped
from tieout_simulators.xero.simulator import XeroSimulator

_LIMITS = {
    "minute_limit": "calls a minute for each organisation (Xero: 60)",
    "day_limit": "calls a day for each organisation (Xero: 1000 or 5000)",
    "concurrent_limit": "calls at once for each organisation (Xero: 5)",
    "app_minute_limit": "calls a minute over all organisations (Xero: 10000)",
}


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM; 2 when the port is taken or the data file is wrong."""
    parser = argparse.ArgumentParser(prog="tieout_simulators xero", description="A stateful Xero on one address.")
    add_server_arguments(parser)
    for name, text in _LIMITS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, help=f"{text}; wins over the data file")
    parsed = parser.parse_args(argv)
    overrides = {name: value for name in _LIMITS if (value := getattr(parsed, name)) is not None}
    gateway = build_gateway(parsed.latency_ms, overrides)
    try:
        serve_until_stopped(gateway, parsed.host, parsed.port, parsed.data)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"the Xero simulator cannot start: {error}\n")
        return 2
    return 0


def build_gateway(latency_ms: float = 0, limit_overrides: dict[str, int] | None = None) -> Gateway:
    """An empty simulator with its control routes; load it with ``gateway.simulator.load``."""
    clock = SimulatorClock()
    return Gateway(XeroSimulator(clock, limit_overrides), clock, latency_ms)
