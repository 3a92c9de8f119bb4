"""What `tieout connect` says, and the status it ends with."""

from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from tieout_standalone.client import ApiClient
from tieout_standalone.connect_commands import chosen, ended, start

URL = "https://login.example/authorize?state=" + "s" * 200
ORGANISATIONS = [{"organisation_id": "o-1", "name": "North"}, {"organisation_id": "o-2", "name": "South"}]
MADE = [{"connection_id": "north", "organisation_id": "o-1", "organisation_name": "North"}]


def attempt(state: str, **more: Any) -> dict[str, Any]:
    shown = {"attempt_id": "a-1", "state": state, "organisations": [], "connected": [], "problem": None}
    return {**shown, **more}


class Api:
    """The API of one tenant, whose attempt goes through these states."""

    def __init__(self, *states: dict[str, Any]) -> None:
        self.states = list(states)
        self.posted: list[tuple[str, Any]] = []

    async def get(self, path: str, **_: Any) -> Any:
        return [{"tenant_id": "harbourline"}] if path == "/tenants" else self.states.pop(0)

    every = get

    async def post(self, path: str, body: Any = None) -> Any:
        self.posted.append((path, body))
        if path.endswith("/disconnect"):
            return {"warnings": [{"sentence": "Xero could not be told: away.", "hint": "Disconnect there, too."}]}
        return (
            attempt("connected", connected=MADE) if path.endswith("/connections") else {"attempt_id": "a-1", "url": URL}
        )


async def told(api: Api, act: Any, *given: Any, **more: Any) -> tuple[int, str]:
    console = Console(file=StringIO(), width=60)
    status = await act(cast(ApiClient, api), console, None, *given, **more)
    return status, cast(StringIO, console.file).getvalue()


async def test_the_address_is_printed_in_one_piece_and_what_came_of_it_afterwards() -> None:
    api = Api(attempt("waiting"), attempt("connected", connected=MADE))
    status, text = await told(api, start, {"kind": "xero", "connection_id": "north"}, polls=5, poll_s=0)
    assert (status, URL in text.splitlines()) == (0, True)
    assert "north is connected to North (o-1)." in " ".join(text.split())
    assert api.posted == [("/tenants/harbourline/connect-attempts", {"kind": "xero", "connection_id": "north"})]


@pytest.mark.parametrize(
    ("found", "status", "words"),
    [
        (attempt("choosing", organisations=ORGANISATIONS), 0, "tieout connect choose a-1 ID=ORGANISATION"),
        (attempt("failed", problem={"title": "Access was not allowed.", "detail": "Start again."}), 1, "not allowed"),
        (attempt("expired"), 1, "Nobody consented in time."),
    ],
    ids=["several", "declined", "late"],
)
async def test_every_end_of_a_consent_is_told(found: dict[str, Any], status: int, words: str) -> None:
    ended_with, text = await told(Api(found), start, {"kind": "qbo"}, polls=1, poll_s=0)
    assert (ended_with, words in " ".join(text.split())) == (status, True)


async def test_without_waiting_only_the_address_is_told() -> None:
    status, text = await told(Api(), start, {"kind": "qbo"}, polls=0)
    assert (status, "QuickBooks Online" in text) == (0, True)


async def test_organisations_are_chosen_by_name_and_a_pair_that_is_none_is_told() -> None:
    api = Api()
    status, text = await told(api, chosen, "a-1", ["north=o-1"])
    assert (status, "north is connected" in text) == (0, True)
    wanted = {"connections": [{"connection_id": "north", "organisation_id": "o-1"}]}
    assert api.posted == [("/tenants/harbourline/connect-attempts/a-1/connections", wanted)]
    with pytest.raises(SystemExit, match="north is no ID=ORGANISATION"):
        await told(api, chosen, "a-1", ["north"])


async def test_a_disconnection_says_what_the_provider_was_not_told() -> None:
    status, text = await told(Api(), ended, "north")
    assert (status, "north is disconnected." in text, "could not be told" in text) == (0, True, True)
