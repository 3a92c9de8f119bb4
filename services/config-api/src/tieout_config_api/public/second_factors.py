"""A person's own second factor: set up with its first code, removed with another one; recovery codes."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from tieout_config_api.people import attempts, second_factor
from tieout_config_api.people.email_codes import require_email_code
from tieout_config_api.people.proofs import code_refused, count_code, prove_factor, take_code
from tieout_config_api.people.telling import tell_of_person
from tieout_config_api.public.door import InRooms, refused
from tieout_config_api.public.persons import Code, Factor, address_of, complete_session, person_of
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import factors, people, sessions

router = APIRouter(tags=["me"])


class ProposedFactor(BaseModel):
    """Shown once. `address` is what a QR code holds."""

    secret: str
    address: str


class FirstCode(Body):
    code: Code


class RecoveryCodes(BaseModel):
    """Shown once; each is good for one sign-in without the authenticator."""

    recovery_codes: list[str]


@router.post("/me/second-factor")
async def begin_second_factor(rooms: InRooms) -> ProposedFactor:
    """A new secret for an authenticator; it counts once its first code was confirmed. Whoever gets codes by mail gives
    one first."""
    person_id, secret = person_of(rooms), second_factor.new_secret()
    if rooms.caller.signing_in:
        await require_email_code(rooms, person_id)
    async with rooms.database.transaction() as tx:
        sealed = await second_factor.sealed(rooms.vault, tx, person_id, secret)
        if not await factors.propose(tx, person_id, sealed):
            raise refused(409, "people.has_second_factor")
    return ProposedFactor(secret=secret, address=second_factor.address(secret, rooms.caller.name))


@router.post("/me/second-factor/confirmation")
async def confirm_second_factor(body: FirstCode, request: Request, response: Response, rooms: InRooms) -> RecoveryCodes:
    """The authenticator's first code sets it up, and completes the session."""
    person_id, now = person_of(rooms), rooms.clock.now()
    if rooms.caller.signing_in:
        await require_email_code(rooms, person_id)
    await count_code(rooms, person_id, address_of(request))
    codes = second_factor.new_recovery_codes()
    async with rooms.database.transaction() as tx:
        person = await people.one(tx, person_id)
        if person is None or person["factor_secret"] is None:
            raise refused(409, "people.no_second_factor")
        right = await take_code(tx, rooms.vault, person, body.code, now)
        if right and not await factors.confirm(
            tx, person_id, now, [second_factor.recovery_hash(code) for code in codes]
        ):
            raise refused(409, "people.has_second_factor")
    if not right:
        raise await code_refused(rooms, person_id, address_of(request))
    await attempts.forget(rooms.database, "code of", str(person_id))
    await complete_session(rooms, response, "person.second_factor_set_up", {"recovery_codes": len(codes)})
    return RecoveryCodes(recovery_codes=list(codes))


@router.post("/me/second-factor/removal", status_code=204)
async def remove_second_factor(body: Factor, request: Request, rooms: InRooms) -> None:
    """To set another authenticator up. Where a second factor is required, nothing else is open until then."""
    person_id = person_of(rooms)
    await prove_factor(rooms, person_id, body.code, body.recovery_code, address_of(request))
    async with rooms.database.transaction() as tx:
        await factors.remove(tx, person_id)
        await sessions.factor_gone(tx, person_id)
        await tell_of_person(tx, rooms.clock, person_id, rooms.caller.name, "person.second_factor_removed")


@router.post("/me/recovery-codes")
async def renew_recovery_codes(body: Factor, request: Request, rooms: InRooms) -> RecoveryCodes:
    """New ones; those of before are good for nothing any more."""
    person_id = person_of(rooms)
    await prove_factor(rooms, person_id, body.code, body.recovery_code, address_of(request))
    codes = second_factor.new_recovery_codes()
    async with rooms.database.transaction() as tx:
        await factors.replace_codes(tx, person_id, [second_factor.recovery_hash(code) for code in codes])
        await tell_of_person(tx, rooms.clock, person_id, rooms.caller.name, "person.recovery_codes_renewed")
    return RecoveryCodes(recovery_codes=list(codes))
