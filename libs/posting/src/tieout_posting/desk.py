"""What every part of the engine's lease side needs."""

from dataclasses import dataclass

from tieout_chassis.database import Database
from tieout_chassis.leases import Leases
from tieout_chassis.sealing import Sealer
from tieout_posting.ledger import Ledger
from tieout_posting.options import Options


@dataclass(frozen=True, slots=True)
class Desk:
    """One ledger's rows, leases, keys and ways; `holder` names this copy of the service."""

    database: Database
    leases: Leases
    sealer: Sealer
    ledger: Ledger
    options: Options
    holder: str
