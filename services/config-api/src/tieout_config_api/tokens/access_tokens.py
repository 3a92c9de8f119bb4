"""Access tokens: fetched here and nowhere else, kept sealed, handed out until shortly before they expire.

A refresh token rotates: the answer that brings an access token may bring another refresh token, too, and the one that
was spent is then worth nothing. So one renewer at a time over all copies of the service, under a lease that the
database grants; no transaction is open while the provider is asked; and the new pair is kept before anybody has it.

    look ── a good token is kept ───────────────────────────► handed out
     ▲  └── the consent is gone, or it is too early ────────► refused in a sentence
     │  └── somebody else renews: wait ─┐
     ├──────────────────────────────────┘
     │  └── ours to renew ─► ask the provider ─► keep ──────► handed out
     │                                 ├── no answer ───────► nothing changes, tried again later
     │                                 └── invalid_grant ───► refused until the connection is put again
     └── the connection was put anew meanwhile

**What a crash can cost.** Whoever dies before the provider was asked costs the rest of the lease. Whoever dies between
the provider's answer and its keeping takes the new pair along: afterwards the refresh token of before is tried, which
works where the provider had not replaced it yet (Intuit replaces it about once a day) and ends in `invalid_grant` where
it had. No order of writing avoids that, since only the provider knew the new one; a person connects again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Mapping
from datetime import timedelta
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_chassis.clock import Clock
from tieout_chassis.config_client import token_digest
from tieout_chassis.database import Database
from tieout_chassis.wakes import wait_for
from tieout_config_api.connections import open_secret
from tieout_config_api.refusals import not_found
from tieout_config_api.store import Row, renewals
from tieout_config_api.tokens import problems as token_problems
from tieout_config_api.tokens.renewing import Patience, Renewer, Token, Turn, renewal_channel
from tieout_config_api.tokens.sources import TokenSource
from tieout_config_api.vault import Vault
from tieout_config_api.vault.places import token_place
from tieout_contracts.connections import LedgerAccess

LOOK_AGAIN_S = 0.5
"""Between two looks at somebody else's renewal, should its wake-up be lost."""


class AccessTokens:
    """One current token per connection, or per consent that several share, over all copies of the service."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        sources: Mapping[str, TokenSource],
        *,
        margin_s: float,
        patience: Patience | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._sources = sources
        self._margin = timedelta(seconds=margin_s)
        self._patience = patience or Patience()
        self._renewer = Renewer(database, vault, clock, sources, self._patience)
        self._single_flight: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._renewals: set[asyncio.Task[Token | None]] = set()

    async def access(self, connection: Row, *, refused: str | None = None) -> LedgerAccess:
        """What a service is handed, with the `current` token."""
        token, expires_at = await self.current(connection, refused=refused)
        return self._sources[connection["kind"]].access(connection, token, expires_at)

    async def current(self, connection: Row, *, refused: str | None = None) -> Token:
        """The token and its end; another token than the one whose `token_digest` is `refused`.

        Whoever comes late with a 401 for a token that was replaced meanwhile gets its successor, so however many ask,
        each token is replaced once. Raises ApiError: 409 when the consent is gone, 502 when the provider gives none,
        503 when somebody else's renewal takes too long.
        """
        return await self.of_bearer(renewals.bearer_of(connection), refused=refused)

    async def of_bearer(self, bearer: str, *, refused: str | None = None) -> Token:
        """The same of a connection by its id, or of a consent."""
        try:
            async with asyncio.timeout(self._patience.caller_s), self._single_flight[bearer]:
                return await self._found(bearer, refused)
        except TimeoutError:
            raise token_problems.still_renewing(bearer) from None

    async def close(self) -> None:
        """Wait for the renewals under way: each may bring what exists nowhere else."""
        await asyncio.gather(*self._renewals, return_exceptions=True)

    async def _found(self, bearer: str, refused: str | None) -> Token:
        woken = None
        while True:
            async with self._database.reading() as connection:
                found = self._kept(await standing(connection, bearer), refused)
            if found is None:
                found = await self._unbroken(self._renewed_in_turn(bearer, refused))
            if found is not None:
                return found
            woken = woken or self._database.wakes.subscribe(renewal_channel(self._database, bearer))
            await wait_for(woken, LOOK_AGAIN_S)

    async def _renewed_in_turn(self, bearer: str, refused: str | None) -> Token | None:
        """Another token; None while somebody else has the turn, or when the connection was put anew meanwhile."""
        holder = uuid4()
        async with self._database.transaction() as tx:
            if not await renewals.claim(tx, bearer, holder, self._patience.lease_s):
                return None
            row = await standing(tx, bearer)  # somebody may have renewed it since we looked
            if (kept := self._kept(row, refused)) is not None:
                await renewals.release(tx, bearer, holder)
                return kept
            turn = Turn(holder, row, open_secret(self._vault, row))
        return await self._renewer.renew(turn)

    def _kept(self, row: Row, refused: str | None) -> Token | None:
        """The kept token if it may be handed out. Raises what stands against asking for another."""
        if row["reconnect_since"] is not None:
            raise token_problems.told(409, row["problem"])
        if row["sealed_token"] is not None and row["expires_at"] - self._clock.now() > self._margin:
            token = self._vault.open(token_place(row["tenant_id"], row["connection_id"]), row["sealed_token"]).decode()
            if token_digest(token) != refused:
                return token, row["expires_at"]
        if row["waits"]:
            raise token_problems.told(502, row["problem"])
        return None

    async def _unbroken(self, renewal: Coroutine[None, None, Token | None]) -> Token | None:
        """Carried through even when its caller has gone: what the provider answers exists nowhere else."""
        task = asyncio.create_task(renewal, name="token renewal")
        self._renewals.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Token | None]) -> None:
        self._renewals.discard(task)
        if not task.cancelled():
            task.exception()  # its caller may have gone; it was logged and noted


async def standing(connection: AsyncConnection, bearer: str) -> Row:
    """How the token of a connection or consent stands. Raises ApiError where there is none such."""
    row = await renewals.standing(connection, bearer)
    if row is None:
        raise not_found("connection")
    return row
