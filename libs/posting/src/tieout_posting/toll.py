"""The budget at every call (I-5): taken before, ended after, corrected by what the answer says.

A toll belongs to one slice. It renews the lease before each call, so that none outlives it.
"""

from collections.abc import Awaitable, Sequence
from typing import Protocol

from tieout_chassis.leases import Lease
from tieout_providers.call import Answer, Call
from tieout_providers.errors import ProviderError

from tieout_posting.desk import Desk
from tieout_posting.ledger import Books, Budget


class Spent(Exception):
    """No call may be made now; `wait_s` until it is worth asking again."""

    def __init__(self, wait_s: float, scope: str) -> None:
        super().__init__(f"the budget {scope} is used up for {wait_s:.0f} s")
        self.wait_s = wait_s
        self.scope = scope
