"""What a slice finds to do in its organisation."""

from dataclasses import dataclass

from tieout_contracts.problems import Problem
from tieout_posting.batching import Group
from tieout_posting.calls import StoredCall
from tieout_posting.cutover.comparing import FindDocuments, ListContacts
from tieout_posting.looking import Question


@dataclass(frozen=True, slots=True)
class ReadReference:
    """The reference data is due."""


@dataclass(frozen=True, slots=True)
class ReadLists:
    """Contacts or items must be read anew before they are matched."""

    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing now. `park_s` holds whatever happens, `idle_s` until something happens; neither: the next slice."""

    park_s: float | None = None
    idle_s: float | None = None
    cause: Problem | None = None
    """Told to the records that wait, when it is long."""


Todo = ReadReference | ReadLists | Question | StoredCall | Group | ListContacts | FindDocuments | Rest
"""A `StoredCall` is one that goes again."""
