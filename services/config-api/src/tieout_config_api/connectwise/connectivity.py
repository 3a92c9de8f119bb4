"""F205: is a ConnectWise connection good, and if not, what exactly is wrong with it.

Asked in the order in which one thing needs the other: the host, the login company, the keys and the clientId, the
licence of the accounting interface, and each right. What is wrong early hides what comes later and ends the test; all
missing rights are told at once. Nothing is written to ConnectWise.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import httpx
from pydantic import ValidationError

from tieout_contracts.connections import ConnectWiseAccess
from tieout_contracts.problems import Problem, problem
from tieout_providers.call import Answer, Call
from tieout_providers.connectwise import ConnectWise
from tieout_providers.connectwise.client import Witness
from tieout_providers.connectwise.models import SystemInfo
from tieout_providers.connectwise.rights import RIGHTS
from tieout_providers.errors import Forbidden, NotFound, ProviderError, Throttled, Unauthorised, Unreadable, Unsendable
from tieout_providers.json_exact import NotExactJson

TEST_LIMIT_S = 25.0
"""The whole test: who asked for it still waits then."""
CALL_LIMIT_S = 15.0
NEEDED_PART = "GLInterface"
OTHER_PARTS = ("Agreement", "Inventory", "Purchasing")


@dataclass(frozen=True, slots=True)
class Connectivity:
    """What was learnt of the site before something was wrong, and everything that is wrong."""

    version: str | None = None
    api_version: str | None = None
    """The newest version of the API that the site serves, such as "2025.1"."""
    is_cloud: bool | None = None
    time_zone: str | None = None
    problems: Sequence[Problem] = ()
    finished: bool = False
    """Whether everything was asked."""

    @property
    def ok(self) -> bool:
        """Whether records can be posted over this connection; warnings do not stand in the way."""
        return self.finished and all(each.severity == "warning" for each in self.problems)


async def check_connectivity(
    access: ConnectWiseAccess, http: httpx.AsyncClient, witness: Witness | None = None
) -> Connectivity:
    """The findings, within `TEST_LIMIT_S`; never an exception for what a provider did."""
    try:
        async with asyncio.timeout(TEST_LIMIT_S):
            return await _tested(access, http, witness)
    except TimeoutError:
        reason = f"no end of its answers within {TEST_LIMIT_S:.0f} s"
    except ProviderError as error:
        if isinstance(error, Throttled):
            wait = f"{error.retry_after_s or 60:.0f}"
            return Connectivity(problems=(problem("access.connectwise_throttled", seconds=wait),))
        reason = error.sentence
    return Connectivity(problems=(problem("access.connectwise_unreachable", site=access.site, reason=reason),))


async def _tested(access: ConnectWiseAccess, http: httpx.AsyncClient, witness: Witness | None) -> Connectivity:
    try:
        site = client_of(access, http, witness)
        await site.discover()
    except (Unsendable, Unreadable, Forbidden, NotFound) as error:
        return Connectivity(problems=(_not_found(access, error),))
    try:
        answer = await site.send(Call.get("/system/info"))
    except Unauthorised as error:
        cause = "client_id_refused" if _is_about_the_client(error) else "keys_refused"
        return Connectivity(problems=(problem(f"access.connectwise_{cause}", company=access.login_company),))
    except Forbidden:
        answer = None  # a right like any other; the rest is still told
    info, current = _info(answer), answer and answer.header("api-current-version")
    found = [*_version(access.version, current or None), *_licences(info)]
    if not _lacks(info, NEEDED_PART):  # without it the lists of the accounting interface are refused whatever the role
        found += await _missing_rights(site)
    return Connectivity(
        info.version, current or None, info.is_cloud, info.server_time_zone, tuple(found), finished=True
    )


def client_of(access: ConnectWiseAccess, http: httpx.AsyncClient, witness: Witness | None) -> ConnectWise:
    return ConnectWise(
        access.site,
        access.login_company,
        public_key=access.public_key.get_secret_value(),
        private_key=access.private_key.get_secret_value(),
        client_id=access.client_id,
        version=access.version,
        http=http,
        timeout_s=CALL_LIMIT_S,
        witness=witness,
    )


def _not_found(access: ConnectWiseAccess, error: ProviderError) -> Problem:
    if error.kind == "company_unknown":
        return problem("access.connectwise_company_unknown", site=access.site, company=access.login_company)
    return problem("access.connectwise_wrong_host", site=access.site, reason=error.sentence)


def _is_about_the_client(error: Unauthorised) -> bool:
    """Whether a 401 is about the clientId, not the keys. Unconfirmed: both texts were seen, their causes were not."""
    return "usernotauthenticated" in error.sentence.lower()


def _info(answer: Answer | None) -> SystemInfo:
    try:
        return SystemInfo() if answer is None else SystemInfo.model_validate(answer.json())
    except (NotExactJson, ValidationError):
        return SystemInfo()


def _version(asked: str, current: str | None) -> list[Problem]:
    """Unconfirmed: that an older site answers as itself, and refuses nothing."""
    theirs, ours = _numbers(current), _numbers(asked)
    older = theirs is not None and ours is not None and theirs < ours
    return [problem("access.connectwise_older", current=current, asked=asked)] if older else []


def _numbers(version: str | None) -> tuple[int, ...] | None:
    parts = (version or "").split(".")
    return tuple(map(int, parts)) if all(part.isascii() and part.isdigit() for part in parts) else None


def _licences(info: SystemInfo) -> list[Problem]:
    """Only what the site itself says is missing: one that lists no licences may hide them."""
    found = [problem("access.connectwise_not_licensed", part=NEEDED_PART)] if _lacks(info, NEEDED_PART) else []
    return found + [problem("access.connectwise_part_missing", part=part) for part in OTHER_PARTS if _lacks(info, part)]


def _lacks(info: SystemInfo, part: str) -> bool:
    return info.licensed(part) is False


async def _missing_rights(site: ConnectWise) -> list[Problem]:
    """One question for each list that a document is read from; a right that opens several is told once."""
    missing: dict[str, str] = {}
    for right in {right.path: right for right in RIGHTS.values()}.values():
        try:
            await site.send(Call.get(f"{right.path}?pageSize=1&fields=id"))
        except (Forbidden, NotFound):
            missing.setdefault(right.name, right.path)
    return [problem("access.connectwise_right_missing", right=name, path=path) for name, path in missing.items()]
