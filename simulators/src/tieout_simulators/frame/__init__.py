"""What all simulators share: clock, call record, faults, latency, the ``/_sim/`` routes and the server."""
