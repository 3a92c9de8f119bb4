"""``python -m tieout_simulators connectwise``: the ConnectWise simulator as a process of its own."""

import argparse
import sys
from collections.abc import Sequence

from tieout_simulators.connectwise.simulator import ConnectWise
from tieout_simulators.frame.clock import SimulatorClock
from tieout_simulators.frame.gateway import Gateway
from tieout_simulators.frame.server import add_server_arguments, serve_until_stopped


def new_gateway(latency_ms: float = 0) -> Gateway:
    """A ConnectWise simulator without data, ready to be served or called as an ASGI application."""
    clock = SimulatorClock()
    return Gateway(ConnectWise(clock), clock, latency_ms)


def main(argv: Sequence[str]) -> int:
    """Serve until SIGTERM. Returns 0, or 2 when the data file or the port cannot be taken."""
    parser = argparse.ArgumentParser(
        prog="tieout_simulators connectwise", description="Serve a stateful ConnectWise PSA."
    )
    add_server_arguments(parser)
    arguments = parser.parse_args(argv)
    try:
        serve_until_stopped(new_gateway(arguments.latency_ms), arguments.host, arguments.port, arguments.data)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0
