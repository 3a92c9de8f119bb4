"""config-api, put together: the only place that knows concrete parts."""

from collections.abc import Mapping

import httpx
from fastapi import Depends, FastAPI

from tieout_chassis.call_log import TELL_EVERY_S, CallLog
from tieout_chassis.clock import SystemClock
from tieout_chassis.database import Database
from tieout_chassis.frame import Frame
from tieout_chassis.http_server import HttpServer
from tieout_chassis.loops import worker_loop
from tieout_chassis.service import Service
from tieout_chassis.tenant_keys import TenantSealer
from tieout_config_api.account.counting import FLUSH_EVERY_S, Counted, RequestCount
from tieout_config_api.account.reporting import REPORTING_EVERY_S, Reporting
from tieout_config_api.call_log import UPKEEP_EVERY_S, Upkeep, keep_told
from tieout_config_api.callbacks.doors import Doors
from tieout_config_api.callbacks.hinting import Hinting
from tieout_config_api.callbacks.keys import SigningKeys
from tieout_config_api.callbacks.receiving import Receiver
from tieout_config_api.callbacks.registering import Registering
from tieout_config_api.callbacks.sites import Sites
from tieout_config_api.connectwise.internal_hosts import InternalHosts
from tieout_config_api.consents.connecting import Connecting
from tieout_config_api.consents.disconnecting import Disconnecting
from tieout_config_api.consents.ledger_apps import Addresses, LedgerApps, QboApps, XeroApps, app_of
from tieout_config_api.consents.upkeep import ConsentUpkeep
from tieout_config_api.evidence import Upkeep as EvidenceUpkeep
from tieout_config_api.handlers import handlers
from tieout_config_api.internal import internal_router
from tieout_config_api.migrations import MIGRATIONS
from tieout_config_api.pacing import TokenBuckets
from tieout_config_api.people.expiring import AccessExpiry
from tieout_config_api.people.mailing import LEASE, Mailing
from tieout_config_api.previews.previewing import Expiry
from tieout_config_api.public import (
    account,
    api_keys,
    approvals,
    audit,
    call_log,
    callbacks,
    companies,
    connecting,
    connectivity,
    dead_letters,
    evidence,
    history,
    leaving,
    linking,
    links,
    me,
    notices,
    options,
    people,
    previews,
    proposals,
    records,
    runs,
    second_factors,
    setup,
    sign_in,
    support,
    sync_all,
    tenants,
    usage,
    users,
)
from tieout_config_api.public.admission import admit, check_routes
from tieout_config_api.public.answers import MAX_BODY_BYTES, PAGES, PROBLEMS, DeclaredLength, install_errors
from tieout_config_api.public.connecting import Consents
from tieout_config_api.public.description import describe
from tieout_config_api.public.identity import Identity
from tieout_config_api.public.limiting import RequestIds, pace
from tieout_config_api.public.repeating import Forgetting, KeptAnswers, install_replay, once
from tieout_config_api.rooms import Rooms
from tieout_config_api.service_access import admit_services, read_service_keys
from tieout_config_api.services import Services
from tieout_config_api.settings import ConfigApiSettings
from tieout_config_api.store.leaving import KEPT
from tieout_config_api.store.tables import metadata
from tieout_config_api.tokens.access_tokens import AccessTokens
from tieout_config_api.tokens.sources import QboSource, TokenSource, XeroSource
from tieout_config_api.vault import Vault
from tieout_contracts.keys import TenantKeys
from tieout_providers.http import open_http

EXPIRY_EVERY_S = 60.0
REGISTERING_EVERY_S = 2.0
CONSENTS_EVERY_S = 600.0
MAIL_EVERY_S = 2.0


ROOMS = (
    sign_in,
    links,
    me,
    second_factors,
    people,
    tenants,
    connecting,
    notices,
    users,
    api_keys,
    connectivity,
    callbacks,
    companies,
    history,
    runs,
    sync_all,
    records,
    previews,
    approvals,
    proposals,
    linking,
    account,
    options,
    usage,
    call_log,
    evidence,
    setup,
    dead_letters,
    support,
    leaving,
    audit,
)
"""Every subject of the REST API, in the order of its description."""


def build(settings: ConfigApiSettings, *, service_urls: Mapping[str, str] | None = None) -> Service:
    """The service, ready to run. `service_urls`: in place of the settings', where they are known later only."""
    vault = Vault(settings.ring())
    sealer = TenantSealer(lambda: tenant_keys(frame.database, vault), before=vault.ring.sealer())
    frame = Frame(settings, MIGRATIONS, sealer=sealer)
    frame.forgets(metadata, kept=KEPT)
    clock, http = SystemClock(), open_http()
    rules = settings.access_rules()
    rooms = Rooms(
        frame.database,
        sealer,
        clock,
        http,
        settings.page_limit,
        settings.preview_hours,
        rules,
        internal_hosts=InternalHosts(settings.internal_hosts),
        vault=vault,
    )
    mailing = Mailing(frame.database, vault, clock, settings.mailer())
    sources: dict[str, TokenSource] = {"xero": XeroSource(http), "qbo": QboSource(http)}
    tokens = AccessTokens(frame.database, vault, clock, sources, margin_s=settings.token_refresh_margin_s)
    frame.closing(tokens.close)
    frame.closing(http.aclose)
    apps = ledger_apps(settings, http)
    consents = Consents(
        Connecting(frame.database, vault, clock, tokens, apps, settings.redirect_url()),
        Disconnecting(frame.database, vault, clock, tokens, apps),
    )
    of_consents = ConsentUpkeep(frame.database, clock, tokens, idle_days=settings.idle_consent_days)
    service_keys = read_service_keys(settings.service_keys_dir)
    internal = internal_app(rooms, service_keys, tokens)
    upkeep = Upkeep(frame.database, clock, days=settings.call_log_days, calls=settings.call_log_calls)
    reporting = Reporting(frame.database, vault, clock)
    count = RequestCount(frame.database, clock)
    rest = public_app(rooms, settings.api_key_file.read_text().strip())
    call_log_kept = CallLog(clock, lambda told: keep_told(frame.database, frame.sealer, told))
    sites = Sites(frame.database, vault, http, frame.budgets, call_log_kept)
    hinting = Hinting(frame.database, clock)
    keys = SigningKeys(sites.signing_key, hinting, clock)
    doors = Doors(frame.database, vault, clock)
    receiver = Receiver.of(doors, hinting, keys, clock, settings.callback_url, settings.webhook_keys())
    rest.state.receiver = receiver
    rest.state.consents = consents
    urls = settings.service_urls if service_urls is None else service_urls
    rest.state.services = Services(urls, service_keys | settings.own_key(), http)
    if settings.rate_limit_per_s:
        per_second, burst = settings.rate_limit_per_s, settings.rate_limit_burst
        rest.state.pace = TokenBuckets(clock, per_second=per_second, burst=burst)
    answering = KeptAnswers(Counted(rest, count), frame.database, vault)
    public = RequestIds(DeclaredLength(answering))
    forgetting = Forgetting(frame.database, clock)
    calling_back = [worker_loop("callback keys", keys.step, idle_wait_s=EXPIRY_EVERY_S, wake=keys.woken)]
    if settings.callback_url is not None:
        every_s, url = settings.callback_check_s, settings.callback_url
        registering = Registering(frame.database, vault, clock, sites, base_url=url, every_s=every_s)
        calling_back.append(worker_loop("callbacks", registering.step, idle_wait_s=REGISTERING_EVERY_S))
    return frame.service(
        [
            frame.subscriber(handlers(frame.sealer)),
            worker_loop("expiry", Expiry(frame.database, clock).step, idle_wait_s=EXPIRY_EVERY_S),
            worker_loop("call log", call_log_kept.step, idle_wait_s=TELL_EVERY_S),
            worker_loop("call log upkeep", upkeep.step, idle_wait_s=UPKEEP_EVERY_S),
            worker_loop("evidence upkeep", EvidenceUpkeep(frame.database, clock).step, idle_wait_s=UPKEEP_EVERY_S),
            worker_loop("usage reports", reporting.step, idle_wait_s=REPORTING_EVERY_S),
            worker_loop("usage", count.flush, idle_wait_s=FLUSH_EVERY_S, close=count.close, runs_last=True),
            worker_loop("kept answers", forgetting.step, idle_wait_s=EXPIRY_EVERY_S),
            *calling_back,
            worker_loop("upkeep of consents", of_consents.step, idle_wait_s=CONSENTS_EVERY_S),
            worker_loop("access expiry", AccessExpiry(frame.database, clock, rules).step, idle_wait_s=EXPIRY_EVERY_S),
            worker_loop("mail", mailing.step, idle_wait_s=MAIL_EVERY_S, max_silence_s=2 * LEASE.total_seconds()),
            HttpServer("public port", public, settings.public_host, settings.public_port),
            HttpServer("internal port", DeclaredLength(internal), settings.internal_host, settings.internal_port),
        ],
        first=[lambda: vault.check(frame.database)],
    )


def ledger_apps(settings: ConfigApiSettings, http: httpx.AsyncClient) -> Mapping[str, LedgerApps]:
    """The apps that people consent to, as the settings have them."""
    xero = Addresses(
        settings.xero_consent_url, settings.xero_identity_url, settings.xero_identity_url, settings.xero_api_url
    )
    qbo = Addresses(settings.qbo_consent_url, settings.qbo_identity_url, settings.qbo_revoke_url, settings.qbo_api_url)
    return {
        "xero": XeroApps(xero, app_of(settings.xero_client_id, settings.xero_client_secret_file), http),
        "qbo": QboApps(qbo, app_of(settings.qbo_client_id, settings.qbo_client_secret_file), http),
    }


async def tenant_keys(database: Database, vault: Vault) -> TenantKeys:
    """What the other services ask the internal port for, config-api reads itself."""
    async with database.transaction() as tx:
        return await vault.tenant_keys(tx)


def public_app(rooms: Rooms, api_key: str) -> FastAPI:
    """The REST API under `/v1`, and the addresses that providers call; its description is at `/docs`."""
    app = FastAPI(
        title="Tieout",
        version="1",
        openapi_url="/openapi.json",
        redoc_url=None,
        max_body_size=MAX_BODY_BYTES,
        dependencies=[Depends(admit), Depends(pace), Depends(once)],
    )
    app.state.rooms = rooms
    app.state.identify = Identity(api_key)
    install_errors(app)
    install_replay(app)
    app.include_router(callbacks.receiving, responses=PROBLEMS)
    for room in ROOMS:
        app.include_router(room.router, prefix="/v1", responses=PROBLEMS)
    app.include_router(connecting.callback_router, responses=PAGES)
    check_routes(app)
    describe(app)
    return app


def internal_app(rooms: Rooms, service_keys: Mapping[str, str], tokens: AccessTokens) -> FastAPI:
    app = FastAPI(title="Tieout, internal port", openapi_url=None, max_body_size=MAX_BODY_BYTES)
    app.state.rooms = rooms
    install_errors(app)
    app.include_router(internal_router(tokens), dependencies=[Depends(admit_services(service_keys))])
    return app
