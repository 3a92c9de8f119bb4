"""Giving a consent back: of one organisation while others share it, and altogether with the last.

The provider is told first, outside any transaction, as well as it can be; then the connection's tokens are forgotten,
whatever the provider said. The connection itself stays, with its settings and its queue, until it is connected again.
"""

from collections.abc import Mapping, Sequence

from tieout_chassis.clock import Clock
from tieout_chassis.database import Database
from tieout_config_api.auditing import Actor, Audit
from tieout_config_api.connections import open_secret, sealed
from tieout_config_api.consents.ledger_apps import LedgerApps
from tieout_config_api.refusals import ApiError, not_found, refused
from tieout_config_api.store import Row, consents, renewals
from tieout_config_api.tokens.access_tokens import AccessTokens
from tieout_config_api.vault import Vault
from tieout_contracts.problems import Problem, problem
from tieout_providers.errors import ProviderError


class Disconnecting:
    """Ends connections, one by one."""

    def __init__(
        self, database: Database, vault: Vault, clock: Clock, tokens: AccessTokens, apps: Mapping[str, LedgerApps]
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._tokens = tokens
        self._apps = apps

    async def disconnect(self, tenant_id: str, connection_id: str, actor: Actor) -> list[Problem]:
        """What the provider could not be told, as warnings. Raises ApiError where there is no consent."""
        async with self._database.transaction() as tx:
            known = await consents.connection_for_update(tx, connection_id)
            if known is None or known["tenant_id"] != tenant_id:
                raise not_found("connection")
            ledger, bearer = self._apps.get(known["kind"]), await renewals.locked(tx, renewals.bearer_of(known))
            if ledger is None or bearer is None or "refresh_token" not in open_secret(self._vault, bearer):
                raise refused(409, "connect.no_consent", connection=connection_id)
            others = await consents.others_of_the_app(tx, known["kind"], bearer["details"]["client_id"], connection_id)
        try:
            await self._tell(ledger, known, bearer, others)
            warnings = []
        except (ApiError, ProviderError) as error:
            warnings = [problem("connect.provider_not_told", provider=ledger.name, reason=str(error))]
        await self._forget(known, actor)
        return warnings

    async def _tell(self, ledger: LedgerApps, known: Row, bearer: Row, others: Sequence[Row]) -> None:
        """Without the access of others, whichever tenant's they are: to revoke a consent at Xero ends every
        organisation of its person, at Intuit every consent of the app to that company."""
        details = {"revoke_url": ledger.addresses.revoke_url, **bearer["details"]}
        if (link := known["details"].get("link")) is not None:
            token, _ = await self._tokens.current(known)
            await ledger.let_go(details, token, link)
        if not any(ledger.ends_with(known["details"], other["details"]) for other in others):
            async with self._database.transaction() as tx:
                newest = await renewals.locked(tx, renewals.bearer_of(known))
            if newest is not None:
                await ledger.give_back(details, open_secret(self._vault, newest))

    async def _forget(self, known: Row, actor: Actor) -> None:
        connection_id, now = known["connection_id"], self._clock.now()
        told = refused(409, "access.disconnected", connection=connection_id, person=actor.name or actor.id)
        async with self._database.transaction() as tx:
            nothing = await sealed(self._vault, tx, known["tenant_id"], connection_id, {})
            details = known["details"]
            await consents.use(tx, connection_id, None, details=details, secret=nothing, at=now)
            await renewals.ended(tx, connection_id, told.body, now)
            await consents.drop_unused(tx, known["tenant_id"])
            audit, tenant_id = Audit(self._clock, actor), known["tenant_id"]
            await audit.write(tx, tenant_id, "connection.disconnected", "connection", connection_id, before=details)
