"""The account's payment types beside ConnectWise's own (F164).

Names are compared without case and outer spaces. When they are saved the id of each in ConnectWise is kept, so that one
that is renamed there is told from one that is gone.
"""

from collections.abc import Iterator, Mapping, Sequence

from tieout_config_api.setup.facts import folded
from tieout_contracts.problems import Problem, problem
from tieout_providers.connectwise.models import PaymentType

Kept = Mapping[str, Mapping[str, int]]
"""By connection and folded name: the id when it was saved."""
Shown = Mapping[str, Sequence[PaymentType]]
"""By connection: what ConnectWise has now."""


def to_keep(names: Sequence[str], before: Kept, shown: Shown) -> dict[str, dict[str, int]]:
    """The ids of these names. One that ConnectWise does not show now keeps the id that it had."""
    wanted = {folded(name) for name in names}
    kept = {at: {name: number for name, number in ids.items() if name in wanted} for at, ids in before.items()}
    for at, types in shown.items():
        found = {folded(each.name): each.id for each in types if each.name and each.id is not None}
        kept[at] = kept.get(at, {}) | {name: number for name, number in found.items() if name in wanted}
    return {at: ids for at, ids in kept.items() if ids}


def differences(names: Sequence[str], kept: Kept, shown: Shown) -> Iterator[Problem]:
    """What of the account's names none of these sites has. A name that was another site's is left to that one."""
    present = {folded(each.name) for types in shown.values() for each in types if each.name}
    for name in names:
        if folded(name) in present:
            continue
        places = {at: ids[folded(name)] for at, ids in kept.items() if folded(name) in ids}
        if not places:
            yield problem("setup.payment_type_unknown", name=name)
        elif places.keys() & shown.keys():
            now = [each.name for at, number in places.items() for each in shown.get(at, ()) if each.id == number]
            if now and now[0]:
                yield problem("setup.payment_type_renamed", name=name, now=now[0])
            else:
                yield problem("setup.payment_type_gone", name=name)
