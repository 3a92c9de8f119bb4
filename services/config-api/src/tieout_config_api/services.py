"""The other services' internal routes, as config-api asks them: dead letters, listed, redriven and discarded; what a
service says of itself for a support bundle.

Every service answers them on its own port, behind the service key (`tieout_chassis.operations`); only config-api has a
public door. A dead letter's value is never shown.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal
from uuid import UUID

import httpx
from pydantic import BaseModel, ValidationError

from tieout_chassis.settings import encrypted_or_loopback

TIMEOUT_S = 10.0
Verdict = Literal["redrive", "discard"]


class DeadLetter(BaseModel):
    """An event that could not be handled (by `consumer_group`), or not be published (none). `key` names company and
    record."""

    id: int
    consumer_group: str | None
    event_id: UUID
    type: str
    topic: str
    key: str
    reason: str
    attempts: int
    state: Literal["open", "redriven", "discarded"]
    created_at: datetime


class _Letters(BaseModel):
    dead_letters: list[DeadLetter]


class SupportFacts(BaseModel, extra="allow"):
    """What a service says of itself (`tieout_chassis.support`): these, and whatever else its release tells."""

    process: str
    log: list[str]
    metrics: str


class ServiceAway(Exception):
    """The service does not answer, or not as it should."""


class NotDone(Exception):
    """The service tried, and could not; its message is the service's own."""


class Services:
    """The services of this installation, by name, each with the address of its own port and its own key.

    `urls` is looked at anew each time: a single node fills it when its ports are open.
    """

    def __init__(self, urls: Mapping[str, str], keys: Mapping[str, str], http: httpx.AsyncClient) -> None:
        for url in urls.values():
            encrypted_or_loopback(url)
        self._urls = urls
        self._keys = keys
        self._http = http

    @property
    def names(self) -> list[str]:
        return sorted(self._urls)

    async def dead_letters(self, service: str, *, after_id: int, limit: int) -> list[DeadLetter]:
        """Open ones with larger ids than `after_id`, oldest first."""
        answer = await self._ask(service, "GET", f"dead-letters?after_id={after_id:d}&limit={limit:d}")
        try:
            return _Letters.model_validate_json(answer.content).dead_letters
        except ValidationError:
            raise ServiceAway("its answer cannot be read") from None

    async def close(self, service: str, letter_id: int, verdict: Verdict) -> bool:
        """Redrive or discard one; False where there is no such open one. `NotDone` where it could not be redriven."""
        answer = await self._ask(service, "POST", f"dead-letters/{letter_id:d}/{verdict}", taken=(204, 404, 409))
        if answer.status_code == httpx.codes.CONFLICT:
            raise NotDone(_detail(answer))
        return answer.status_code == httpx.codes.NO_CONTENT

    async def support(self, service: str) -> SupportFacts:
        """For a support bundle."""
        answer = await self._ask(service, "GET", "support")
        try:
            return SupportFacts.model_validate_json(answer.content)
        except ValidationError:
            raise ServiceAway("its answer cannot be read") from None

    async def _ask(self, service: str, method: str, rest: str, *, taken: tuple[int, ...] = (200,)) -> httpx.Response:
        url = f"{encrypted_or_loopback(self._urls[service]).rstrip('/')}/internal/{rest}"
        key = {"Authorization": f"Bearer {self._keys.get(service, '')}"}
        try:
            answer = await self._http.request(method, url, headers=key, timeout=TIMEOUT_S)
        except httpx.HTTPError as error:
            raise ServiceAway(type(error).__name__) from error
        if answer.status_code not in taken:
            raise ServiceAway(f"it answered {answer.status_code}")
        return answer


def _detail(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except ValueError:
        return "no reason was given"
    return str(told.get("detail") if isinstance(told, dict) else told)[:2_000]
