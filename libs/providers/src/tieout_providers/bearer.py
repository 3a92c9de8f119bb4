"""The way to an API that takes a bearer token with each call: the same for every ledger."""

from collections.abc import Callable

import httpx

from tieout_providers.call import Answer, Call, Gate, OpenGate, check_header_value
from tieout_providers.errors import Provider
from tieout_providers.http import checked_base_url, exchange


class BearerApi:
    """One app's way to a provider. Holds no token: each call is given one.

    `send` does not pass `gate`, so that a writer can take from the budget before it stores the call; reads do.
    `check` is the provider's error table: it returns a good answer and raises the rest.
    """

    def __init__(
        self,
        provider: Provider,
        check: Callable[[Call, Answer], Answer],
        base_url: str,
        *,
        http: httpx.AsyncClient,
        gate: Gate | None,
        timeout_s: float,
    ) -> None:
        self.base_url = checked_base_url(provider, base_url, "base_url_bad")
        self.timeout_s = timeout_s
        self._provider = provider
        self._check = check
        self._http = http
        self._gate = gate or OpenGate()

    async def send(self, call: Call, token: str, *, timeout_s: float | None = None) -> Answer:
        """Send one prepared call once. An answer about some elements of a bulk call is a good one.

        The same `call` may be sent again with another token: only the token is added here.
        """
        return self._check(call, await self._exchange(call, token, timeout_s or self.timeout_s))

    async def ask(self, call: Call, token: str) -> Answer:
        """As `send`, through the gate."""
        await self._gate.before(call)
        answer: Answer | None = None
        try:
            answer = await self._exchange(call, token, self.timeout_s)
        finally:
            await self._gate.after(call, answer)
        return self._check(call, answer)

    async def _exchange(self, call: Call, token: str, timeout_s: float) -> Answer:
        check_header_value("Authorization", token)
        secrets = {"Authorization": f"Bearer {token}"}
        return await exchange(self._http, self._provider, self.base_url, call, secrets, timeout_s=timeout_s)
