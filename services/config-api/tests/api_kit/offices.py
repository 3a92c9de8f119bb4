"""An office: the public application on one furnished database, the people who come in, and their mail."""

import email
import email.policy
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pyotp
import sqlalchemy as sa
from argon2 import PasswordHasher
from fastapi import FastAPI

from tieout_chassis.clock import FixedClock
from tieout_chassis.database import Database
from tieout_chassis.sealing import Sealer
from tieout_config_api.app import public_app
from tieout_config_api.people.expiring import AccessExpiry
from tieout_config_api.people.mailers import FolderMailer, Mailer
from tieout_config_api.people.mailing import Mailing
from tieout_config_api.people.passwords import Passwords
from tieout_config_api.public.door import Rooms
from tieout_config_api.store.people_tables import email_code
from tieout_config_api.store.tables import audit_head
from tieout_config_api.vault import Vault

URL = "https://tieout.example.com"
ADDRESS = "127.0.0.1"
"""Where the tests ask from."""
PASSWORD = "marked horse battery"
TENANT, COMPANY, ANOTHER = "harbourline", "mast", "keel"


class CountedHasher(PasswordHasher):
    """As cheap as can be, and counted: time itself would depend on the machine."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.looked_at = 0

    def verify(self, hash: Any, password: Any) -> Any:  # noqa: A002
        self.looked_at += 1
        return super().verify(hash, password)


@dataclass
class Office:
    """One installation with a tenant of two companies, its clock, and its mail as files."""

    app: FastAPI
    rooms: Rooms
    clock: FixedClock
    hasher: CountedHasher
    folder: Path
    key: httpx.AsyncClient

    def browser(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url=f"{URL}/v1", headers={"Origin": URL, **headers})

    async def send_mail(self, mailer: Mailer | None = None) -> None:
        rooms = self.rooms
        mailing = Mailing(rooms.database, rooms.vault, self.clock, mailer or FolderMailer(self.folder, "t@example.com"))
        while await mailing.step():
            pass

    async def mailed(self, to: str) -> str:
        """The text of the newest letter to somebody."""
        await self.send_mail()
        found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in self.letters()]
        mine = [each for each in found if each["To"] == to]
        return str(mine[-1].get_content())

    def letters(self) -> list[Path]:
        return sorted(self.folder.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)

    async def token_for(self, to: str) -> str:
        found = re.search(r"#(\S+)", await self.mailed(to))
        assert found is not None
        return found[1]

    async def invited(self, to: str, role: str = "account_admin", *companies: str, tenant: str = TENANT) -> str:
        """The person's id."""
        chosen = {"companies": companies} if role == "user" else {}
        body = {"email": to, "name": "Robin", "role": role, **chosen}
        made = await self.key.post(f"/tenants/{tenant}/users", json=body)
        assert made.status_code == 201, made.text
        return str(made.json()["person_id"])

    async def accepted(self, to: str, role: str = "account_admin", *companies: str) -> str:
        person_id = await self.invited(to, role, *companies)
        body = {"token": await self.token_for(to), "password": PASSWORD}
        (await self.key.post("/invitations/acceptance", json=body)).raise_for_status()
        return person_id

    async def signed_in(self, to: str, role: str = "account_admin", *companies: str) -> "Person":
        """Invited, accepted, and enrolled."""
        person_id, browser = await self.accepted(to, role, *companies), self.browser()
        assert await password_given(browser, to) == "enrolment_due"
        secret = (await browser.post("/me/second-factor")).json()["secret"]
        person = Person(person_id, to, secret, browser, self.clock)
        confirmed = await browser.post("/me/second-factor/confirmation", json={"code": person.code()})
        assert confirmed.status_code == 200, confirmed.text
        person.recovery_codes = confirmed.json()["recovery_codes"]
        return person

    async def failures(self, of: str, subject_id: str) -> list[str]:
        """What failed, as the audit was told, in its order; each with the address that it came from."""
        asked = {"limit": "200", "subject_id": subject_id, "actor": "sign-in"}
        entries = (await self.key.get(f"{of}/audit", params=asked)).json()["entries"]
        assert {each["after"].get("address", ADDRESS) for each in entries} <= {ADDRESS}
        return [each["action"] for each in entries[::-1]]

    async def late_codes(self) -> int:
        """How many mailed codes are kept though they have run out, after a look at what has."""
        await AccessExpiry(self.rooms.database, self.clock, self.rooms.access).step()
        async with self.rooms.database.transaction() as tx:
            late = sa.select(sa.func.count()).where(email_code.c.expires_at <= self.clock.now())
            return int(await tx.scalar(late) or 0)

    async def heads(self) -> dict[str, int]:
        """How long each chain of the audit is."""
        async with self.rooms.database.transaction() as tx:
            found = (await tx.execute(sa.select(audit_head.c.tenant_id, audit_head.c.number))).all()
        return {row.tenant_id: row.number for row in found}

    async def at_rest(self) -> str:
        """Everything that the schema holds, as text; bytes as hex."""
        async with self.rooms.database.transaction() as tx:
            tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'config_api'"
            names = (await tx.execute(sa.text(tables))).scalars().all()
            rows = [(await tx.execute(sa.text(f'SELECT t::text FROM "{name}" t'))).scalars().all() for name in names]
        return "\n".join(row for table in rows for row in table)


@dataclass
class Person:
    person_id: str
    email: str
    secret: str
    browser: httpx.AsyncClient
    clock: FixedClock
    recovery_codes: tuple[str, ...] = ()

    def code(self, *, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(self.clock.now(), counter_offset=steps)

    async def sign_in_again(self, browser: httpx.AsyncClient) -> None:
        self.clock.advance(30)
        assert await password_given(browser, self.email) == "code_due"
        given = await browser.post("/sign-in/second-factor", json={"code": self.code()})
        assert given.json() == {"state": "complete"}


async def password_given(browser: httpx.AsyncClient, to: str, password: str = PASSWORD) -> str:
    answer = await browser.post("/sign-in", json={"email": to, "password": password})
    return str(answer.json()["state" if answer.is_success else "code"])


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@dataclass(frozen=True)
class Furnished:
    """A database with a tenant of two companies and a tenant of none; once for all tests of this file."""

    url: str
    sealing_key_file: Path


async def furnish(found: Furnished) -> None:
    async with office_on(found, Path()) as office:
        for tenant in (TENANT, "breakwater"):
            (await office.key.post("/tenants", json={"tenant_id": tenant, "name": tenant.title()})).raise_for_status()
        for number, company_id in enumerate((COMPANY, ANOTHER)):
            settings = {
                "name": company_id.title(),
                "connectwise_connection": "connectwise",
                "ledger_connection": "xero",
                "organisation_id": company_id,
                "connectwise_locations": [number],
                "adjustment": {"account": "860"},
            }
            body = {"company_id": company_id, "settings": settings}
            (await office.key.post(f"/tenants/{TENANT}/companies", json=body)).raise_for_status()


@asynccontextmanager
async def office_on(found: Furnished, folder: Path) -> AsyncIterator[Office]:
    sealer, clock = Sealer.from_file(found.sealing_key_file), FixedClock(datetime(2026, 11, 2, 9, tzinfo=UTC))
    database = Database(found.url, "config-api", pool_size=4, sealer=sealer)
    hasher = CountedHasher()
    vault = Vault.from_file(found.sealing_key_file)
    rooms = Rooms(database, sealer, clock, httpx.AsyncClient(), 200, passwords=Passwords(hasher), vault=vault)
    app = public_app(rooms, "installation-key")
    key = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url="https://test/v1",
        headers={"Authorization": "Bearer installation-key"},
    )
    async with key:
        yield Office(app, rooms, clock, hasher, folder, key)
    await database.dispose()
