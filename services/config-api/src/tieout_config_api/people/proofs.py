"""Proving who one is: a password, a code, a recovery code. Each attempt is counted; a code is taken once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from tieout_config_api.people import attempts, second_factor
from tieout_config_api.people.failures import tell_failure
from tieout_config_api.people.passwords import MIN_LENGTH, TooManyWaiting
from tieout_config_api.people.rules import CODES_OF_A_PERSON, SIGN_INS_OF_AN_EMAIL
from tieout_config_api.refusals import ApiError, refused
from tieout_config_api.rooms import Rooms
from tieout_config_api.store import Row, factors, people
from tieout_config_api.vault import Vault


async def prove_password(rooms: Rooms, email: str, password: str, address: str) -> Row:
    """The person of the e-mail and password. Whoever is unknown, disabled or wrong is told the same, as late (401); the
    audit tells it with the `address` that it came from."""

    async def blocked(tx: AsyncConnection) -> None:
        await tell_failure(tx, rooms.clock, await people.by_email(tx, email), "password", "blocked", address)

    await attempts.take(rooms.database, rooms.clock, SIGN_INS_OF_AN_EMAIL, "sign-in of", email, blocked=blocked)
    async with rooms.database.transaction() as tx:
        row = await people.by_email(tx, email)
    known = row["password_hash"] if row is not None else None
    try:
        right = await rooms.passwords.verify(password, known)
    except TooManyWaiting:
        raise busy() from None
    if row is None or not right or row["disabled_at"] is not None:
        async with rooms.database.transaction() as tx:
            await tell_failure(tx, rooms.clock, row, "password", "refused", address)
        raise refused(401, "people.sign_in_refused")
    await attempts.forget(rooms.database, "sign-in of", email)
    if rooms.passwords.is_outdated(row["password_hash"]):
        hashed = await hash_password(rooms, password)
        async with rooms.database.transaction() as tx:
            await people.change(tx, row["person_id"], password_hash=hashed)
    return row


async def prove_factor(
    rooms: Rooms, person_id: UUID, code: str | None, recovery_code: str | None, address: str
) -> None:
    """The code of the person's authenticator, or a recovery code; 401 where neither is right."""
    await count_code(rooms, person_id, address)
    async with rooms.database.transaction() as tx:
        if recovery_code is not None:
            taken = await factors.take_code(tx, person_id, second_factor.recovery_hash(recovery_code))
        else:
            row = await people.one(tx, person_id)
            taken = await take_code(tx, rooms.vault, row, code or "", rooms.clock.now())
    if not taken:
        raise await code_refused(rooms, person_id, address)
    await attempts.forget(rooms.database, "code of", str(person_id))


async def count_code(rooms: Rooms, person_id: UUID, address: str) -> None:
    """One attempt more to give a code; 429 where there were too many."""

    async def blocked(tx: AsyncConnection) -> None:
        await tell_failure(tx, rooms.clock, {"person_id": person_id}, "code", "blocked", address)

    await attempts.take(rooms.database, rooms.clock, CODES_OF_A_PERSON, "code of", str(person_id), blocked=blocked)


async def code_refused(rooms: Rooms, person_id: UUID, address: str) -> ApiError:
    """401, once the audit was told."""
    async with rooms.database.transaction() as tx:
        await tell_failure(tx, rooms.clock, {"person_id": person_id}, "code", "refused", address)
    return refused(401, "people.code_refused")


async def take_code(tx: AsyncConnection, vault: Vault, person: Row | None, code: str, now: datetime) -> bool:
    """Whether the code is the authenticator's and was not taken before; from now on it was."""
    if person is None or person["factor_secret"] is None:
        return False
    secret = second_factor.opened(vault, person["person_id"], person["factor_secret"])
    step = second_factor.step_of(secret, code, now)
    return step is not None and await factors.take_step(tx, person["person_id"], step)


async def hash_password(rooms: Rooms, password: str) -> str:
    try:
        return await rooms.passwords.hash(password)
    except TooManyWaiting:
        raise busy() from None


def check_password(password: str, email: str) -> None:
    """422 where it is too easy. Length is what counts (NIST SP 800-63B, 5.1.1); no kinds of letters are asked for."""
    if len(password) < MIN_LENGTH:
        raise refused(422, "people.password_weak", reason="it is too short", least=MIN_LENGTH)
    if email.partition("@")[0] in password.lower() and len(password) < 2 * MIN_LENGTH:
        raise refused(422, "people.password_weak", reason="it holds the e-mail's name", least=MIN_LENGTH)
    if len(set(password)) < 5:
        raise refused(422, "people.password_weak", reason="it repeats itself", least=MIN_LENGTH)


def busy() -> ApiError:
    return refused(503, "people.busy")
