"""What `tieout users` and `tieout api-keys` ask and say."""

from io import StringIO
from typing import Any, cast

import pytest
from rich.console import Console

from tieout_standalone import people
from tieout_standalone.client import ApiClient

PLACE = "/tenants/harbourline"
USER = {
    "person_id": "p-1",
    "email": "robin@example.com",
    "name": "[b]Robin[/b]",
    "role": "user",
    "companies": ["mast"],
    "status": "active",
    "second_factor": True,
}
KEY = {"key_id": "k-1", "name": "integration", "scopes": ["records:read"], "companies": None, "last_used_at": None}
KEY |= {"expires_at": None, "revoked_at": None}


class Api:
    """The API of one tenant; it remembers what was asked."""

    def __init__(self, shown: Any = None) -> None:
        self.shown = shown
        self.asked: list[tuple[str, str, Any]] = []

    async def get(self, path: str) -> Any:
        return [{"tenant_id": "harbourline"}] if path == "/tenants" else self.shown

    every = get

    async def seen(self, path: str) -> tuple[Any, str]:
        return self.shown[0], '"as-read"'

    async def post(self, path: str, body: Any) -> Any:
        self.asked.append(("POST", path, body))
        return self.shown

    async def put(self, path: str, body: Any, *, query: None, **headers: str) -> None:
        assert headers == {"If-Match": '"as-read"'}
        self.asked.append(("PUT", path, body))

    async def delete(self, path: str) -> None:
        self.asked.append(("DELETE", path, None))


async def told(api: Api, act: Any, *given: Any, **more: Any) -> tuple[int, str]:
    console = Console(file=StringIO(), width=120)
    status = await act(cast(ApiClient, api), console, None, *given, **more)
    return status, cast(StringIO, console.file).getvalue()


@pytest.mark.parametrize(
    ("more", "path", "body", "words"),
    [
        ({}, f"{PLACE}/users", {"role": "account_admin"}, "an account admin in harbourline"),
        ({"companies": ("mast",)}, f"{PLACE}/users", {"role": "user", "companies": ["mast"]}, "a user of mast"),
        ({"super_admin": True}, "/users", {}, "a super admin"),
    ],
)
async def test_somebody_is_invited_as_what_was_said(more: Any, path: str, body: Any, words: str) -> None:
    api, who = Api(), {"email": "robin@example.com", "name": "Robin"}
    status, text = await told(api, people.invite, people.Invitation(**who, **more))
    assert (status, api.asked) == (0, [("POST", path, who | body)])
    assert words in text


async def test_users_are_listed_as_they_are_called() -> None:
    status, text = await told(Api([USER]), people.list_users)
    assert status == 0
    assert all(word in text for word in ("robin@example.com", "[b]Robin[/b]", "mast", "active", "set up"))


async def test_whoever_is_disabled_keeps_the_role_for_when_they_come_back() -> None:
    api = Api([USER])
    assert (await told(api, people.disable, "Robin@Example.com"))[0] == 0
    assert api.asked == [("PUT", f"{PLACE}/users/p-1", {"role": "user", "companies": ["mast"], "disabled": True})]
    assert (await told(api, people.disable, "nobody@example.com"))[0] == 1


async def test_a_key_is_shown_once_in_one_piece() -> None:
    api = Api(KEY | {"key": "tieout_" + "x" * 200})
    _, text = await told(api, people.create_key, "integration", scopes=["records:read"], companies=["mast"], days=None)
    assert "tieout_" + "x" * 200 in text.splitlines()
    body = {"name": "integration", "scopes": ["records:read"], "companies": ["mast"]}
    assert api.asked == [("POST", f"{PLACE}/api-keys", body)]
    expiring = Api(KEY | {"key": "k"})
    await told(expiring, people.create_key, "integration", scopes=["records:read"], companies=[], days=30)
    assert expiring.asked[0][2].keys() == {"name", "scopes", "expires_at"}


async def test_keys_are_listed_with_their_state_and_revoked() -> None:
    dates = {"gone": "2020-01-01T00:00:00Z", "coming": "9000-01-01T00:00:00Z"}
    keys = [KEY, KEY | {"revoked_at": dates["gone"]}, *(KEY | {"expires_at": each} for each in dates.values())]
    api = Api(keys)
    _, text = await told(api, people.list_keys)
    assert [word in text for word in ("in use", "revoked", "expired", "until 9000-01-01", "never")] == [True] * 5
    assert (await told(api, people.revoke_key, "k-1"))[0] == 0
    assert api.asked == [("DELETE", f"{PLACE}/api-keys/k-1", None)]
