"""``python -m tieout_simulators qbo --port N [--data FILE] [--realm-minute-limit N] …``"""

import argparse
import sys
from collections.abc import Sequence

from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.frame.server import add_server_arguments, serve_until_stopped
from tieout_simulators.qbo.simulator import QboSimulator

_LIMITS = {
    "realm_minute_limit": "calls a minute for each company (QuickBooks: 500)",
    "realm_app_second_limit": "calls a second for each company and app (QuickBooks: 10)",
    "batch_minute_limit": "batches a minute for each company and app (QuickBooks: 40)",
}


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM; 2 when the port is taken or the data file is wrong."""
    description = "A stateful QuickBooks Online on one address."
    parser = argparse.ArgumentParser(prog="tieout_simulators qbo", description=description)
    add_server_arguments(parser)
    for name, text in _LIMITS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, help=f"{text}; wins over the data file")
    parsed = parser.parse_args(argv)
    overrides = {name: value for name in _LIMITS if (value := getattr(parsed, name)) is not None}
    gateway = build_gateway(parsed.latency_ms, overrides)
    try:
        serve_until_stopped(gateway, parsed.host, parsed.port, parsed.data)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"the QuickBooks simulator cannot start: {error}\n")
        return 2
    return 0


def build_gateway(latency_ms: float = 0, limit_overrides: dict[str, int] | None = None) -> Gateway:
    """An empty simulator with its control routes; load it with ``gateway.simulator.load``."""
    clock = SimulatorClock()
    return Gateway(QboSimulator(clock, limit_overrides), clock, latency_ms)
