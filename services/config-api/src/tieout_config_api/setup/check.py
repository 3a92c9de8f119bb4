"""The whole check: every step of getting started, in its order."""

from collections.abc import Sequence

from tieout_config_api.setup import expense_steps, ledger_steps, site_steps
from tieout_config_api.setup.facts import Facts, Step
from tieout_contracts.problems import Problem


def steps_of(facts: Facts, connectivity: Sequence[Problem], *, finished: bool) -> list[Step]:
    """`connectivity`: what the test of the ConnectWise connection found, and whether it came to its end."""
    return [
        site_steps.connectwise(facts, connectivity, finished=finished),
        ledger_steps.ledger(facts),
        ledger_steps.accounts(facts),
        ledger_steps.taxes(facts),
        ledger_steps.tracking(facts),
        ledger_steps.items(facts),
        site_steps.terms(facts),
        site_steps.currencies(facts),
        site_steps.locations(facts),
        site_steps.payment_types(facts),
        site_steps.callbacks(facts),
        ledger_steps.numbers(facts),
        ledger_steps.going_live(facts),
        *expense_steps.steps(facts),
    ]


def is_ready(steps: Sequence[Step]) -> bool:
    """Whether records can be posted: everything could be looked at, and nothing but warnings was found."""
    return all(
        step.state != "unknown" and all(found.severity == "warning" for found in step.findings) for step in steps
    )
