"""A code by mail as the second factor of who has no authenticator, where every tenant that asks takes it (K32).

Weaker than an authenticator: whoever reads the mailbox can have the password reset, too. Super admins never get one.
"""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from tieout_config_api.people import attempts
from tieout_config_api.people import letters as writing
from tieout_config_api.people.opaque import digest
from tieout_config_api.people.proofs import code_refused, count_code
from tieout_config_api.people.rules import EMAIL_CODES_OF_A_PERSON
from tieout_config_api.people.telling import tell_of_person
from tieout_config_api.refusals import refused
from tieout_config_api.rooms import Rooms
from tieout_config_api.store import Row, email_codes, people

GOOD_FOR = timedelta(minutes=10)


def takes_email_codes(person: Row, memberships: Sequence[Row]) -> bool:
    """`memberships` with what each tenant asks: one that does not take mailed codes is not weakened by another."""
    if person["super_admin"] or person["factor_confirmed_at"] is not None:
        return False
    asking = [each for each in memberships if each["second_factor"] == "required"]
    return bool(asking) and all(each["email_codes"] for each in asking)


async def require_email_code(rooms: Rooms, person_id: UUID) -> None:
    """401 where a mailed code is due: an authenticator that a password alone could set up would stand in for it."""
    async with rooms.database.transaction() as tx:
        person = await people.one(tx, person_id)
        if person is not None and takes_email_codes(person, await people.memberships(tx, person_id)):
            raise refused(401, "people.email_code_due")


async def mail_code(rooms: Rooms, person_id: UUID, token: str) -> None:
    """A new code, for the session of this token. 403 where none is taken, 429 where there were too many."""
    await attempts.take(rooms.database, rooms.clock, EMAIL_CODES_OF_A_PERSON, "mailed code of", str(person_id))
    now, code = rooms.clock.now(), f"{secrets.randbelow(1_000_000):06d}"
    async with rooms.database.transaction() as tx:
        person = await people.one(tx, person_id)
        if person is None or not takes_email_codes(person, await people.memberships(tx, person_id)):
            raise refused(403, "people.no_email_codes")
        await email_codes.keep(tx, person_id, _hash(token, code), now + GOOD_FOR)
        letter = writing.email_code(person["email"], code, now + GOOD_FOR)
        await writing.post(tx, rooms.vault, letter, at=now, expires_at=now + GOOD_FOR)
        await tell_of_person(tx, rooms.clock, person_id, person["email"], "person.email_code_asked")


async def prove_email_code(rooms: Rooms, person_id: UUID, token: str, code: str, address: str) -> None:
    """401 where it is not the newest code that was mailed for the session of this token, or not any more."""
    await count_code(rooms, person_id, address)
    async with rooms.database.transaction() as tx:
        person = await people.one(tx, person_id)
        allowed = person is not None and takes_email_codes(person, await people.memberships(tx, person_id))
        taken = allowed and await email_codes.take(tx, person_id, _hash(token, code), rooms.clock.now())
    if not taken:
        raise await code_refused(rooms, person_id, address)
    await attempts.forget(rooms.database, "code of", str(person_id))


def _hash(token: str, code: str) -> bytes:
    """With the session's token, which is not kept: a million codes are tried in no time."""
    return digest(f"{token}|{code}")
