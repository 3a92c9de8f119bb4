"""QuickBooks Online's calls as values: pure, storable, ready to be sent by any client that holds a token."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from tieout_providers.call import Call
from tieout_providers.errors import Unsendable
from tieout_providers.json_exact import dumps, loads
from tieout_providers.qbo.batch import Change
from tieout_providers.qbo.errors import QBO
from tieout_providers.qbo.limits import MAX_BATCH_ITEMS, MAX_BATCH_REQUEST_ID_CHARS, MAX_REQUEST_ID_CHARS
from tieout_providers.qbo.queries import Condition, Entity, select

MINOR_VERSION = 75
MAX_REQUEST_BYTES = 2_000_000  # no official number
_JSON = (("Accept", "application/json"),)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class QboCalls:
    """Builds calls for one company: its realm is part of each, so that none can go to another's books.

    Writers take a `request_id`, unique within the company: as long as Intuit remembers it, the same id is answered with
    the first answer and nothing is done again, even where the record was deleted meanwhile. A new attempt at something
    that was taken back needs a new one. Raises Unsendable for what would be refused or answered ambiguously.
    """

    realm_id: str

    def __post_init__(self) -> None:
        if not (self.realm_id.isascii() and self.realm_id.isdigit() and len(self.realm_id) <= 30):
            raise Unsendable(QBO, "identifier_bad", "A company's realm id is a number.")

    # -- writes

    def batch(self, changes: Mapping[str, Change], *, request_id: str) -> Call:
        """Up to thirty changes, each under its own key of at most ten letters and digits."""
        if not 1 <= len(changes) <= MAX_BATCH_ITEMS:
            sentence = f"A batch must hold 1 to {MAX_BATCH_ITEMS} changes, not {len(changes)}."
            raise Unsendable(QBO, "too_many_elements", sentence)
        if len({bid.casefold() for bid in changes}) < len(changes):
            raise Unsendable(QBO, "key_repeated", "Two keys of a batch differ by case only.")
        members = [change.member(bid) for bid, change in changes.items()]
        return self._write("/batch", {"BatchItemRequest": members}, request_id, most=MAX_BATCH_REQUEST_ID_CHARS)

    def change(self, change: Change, *, request_id: str) -> Call:
        """One change in a call of its own."""
        operation = () if change.operation in ("create", "update") else (("operation", change.operation),)
        return self._write(f"/{change.entity.lower()}", change.body, request_id, *operation)

    # -- reads

    def company_info(self) -> Call:
        """The company: name, country, edition."""
        return self._get(f"/companyinfo/{self.realm_id}")

    def preferences(self) -> Call:
        """Its preferences: tax, currency, numbering, classes, closed books."""
        return self._get("/preferences")

    def exchange_rate(self, currency: str, on: date) -> Call:
        """The rate of a currency on a day, in units of the company's own for one of it."""
        return self._get("/exchangerate", ("sourcecurrencycode", currency), ("asofdate", on.isoformat()))

    def query(self, entity: Entity, *conditions: Condition, start: int = 1) -> Call:
        """One page of the entity's rows."""
        return self._get("/query", ("query", select(entity, *conditions, start=start)))

    # -- parts

    def _get(self, path: str, *parameters: tuple[str, str]) -> Call:
        return Call.get(self._target(path, *parameters), _JSON)

    def _write(
        self,
        path: str,
        body: Mapping[str, Any],
        request_id: str,
        *parameters: tuple[str, str],
        most: int = MAX_REQUEST_ID_CHARS,
    ) -> Call:
        if not (len(request_id) <= most and _REQUEST_ID.fullmatch(request_id)):
            raise Unsendable(QBO, "identifier_bad", f"A request id has 1 to {most} letters, digits, dots and hyphens.")
        written = dumps(body)
        if len(written) > MAX_REQUEST_BYTES:
            raise Unsendable(QBO, "request_too_large", f"{len(written)} bytes are more than one call may hold.")
        target = self._target(path, *parameters, ("requestid", request_id))
        return Call("POST", target, (*_JSON, ("Content-Type", "application/json")), written)

    def _target(self, path: str, *parameters: tuple[str, str]) -> str:
        asked = (*parameters, ("minorversion", str(MINOR_VERSION)))
        encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in asked)
        return f"/v3/company/{self.realm_id}{path}?{encoded}"


def request_id_of(call: Call) -> str | None:
    """The request id that a call goes under; it stands in its address, not in a header."""
    found = parse_qs(urlsplit(call.target).query).get("requestid")
    return found[0] if found else None


def changes_in(call: Call) -> Sequence[Mapping[str, Any]]:
    """The members of a stored batch, as they were sent: what a key in its answer stands for."""
    members: Sequence[Mapping[str, Any]] = loads(call.body)["BatchItemRequest"]
    return members
