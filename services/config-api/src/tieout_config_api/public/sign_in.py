"""Signing in: a password, then the second factor; nothing is open in between (F208)."""

from functools import partial
from typing import Literal
from uuid import uuid4

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from tieout_config_api.people import attempts
from tieout_config_api.people.email_codes import mail_code, prove_email_code, takes_email_codes
from tieout_config_api.people.failures import tell_address_blocked
from tieout_config_api.people.opaque import digest, new_token
from tieout_config_api.people.proofs import prove_factor, prove_password
from tieout_config_api.people.rules import SIGN_INS_FROM_AN_ADDRESS
from tieout_config_api.people.telling import tell_of_person
from tieout_config_api.public.cookies import drop_session, session_token, set_session
from tieout_config_api.public.door import InRooms
from tieout_config_api.public.identity import caller_of
from tieout_config_api.public.persons import (
    Code,
    Email,
    Factor,
    Password,
    address_of,
    complete_session,
    person_of,
    session_of,
)
from tieout_config_api.public.tenants import Body
from tieout_config_api.store import people, sessions

router = APIRouter(tags=["sign-in"])
SignInState = Literal["complete", "code_due", "enrolment_due"]
"""code_due: give the second factor. enrolment_due: set one up first. complete: everything that is yours is open."""
MAX_AGENT_LENGTH = 200


class Credentials(Body):
    email: Email
    password: Password


class SignedIn(BaseModel):
    state: SignInState


class Begun(SignedIn):
    email_codes: bool
    """Whether a code by mail is taken in place of an authenticator."""


class EmailCode(Body):
    code: Code


@router.post("/sign-in")
async def sign_in(body: Credentials, request: Request, response: Response, rooms: InRooms) -> Begun:
    """Begins a session, as a cookie. An unknown e-mail and a wrong password are answered alike."""
    where = address_of(request)
    told = partial(tell_address_blocked, clock=rooms.clock, address=where)
    await attempts.take(rooms.database, rooms.clock, SIGN_INS_FROM_AN_ADDRESS, "sign-in from", where, blocked=told)
    person = await prove_password(rooms, body.email, body.password.get_secret_value(), where)
    now, token = rooms.clock.now(), new_token()
    async with rooms.database.transaction() as tx:
        await sessions.begin(
            tx,
            session_id=uuid4(),
            token_hash=digest(token),
            person_id=person["person_id"],
            at=now,
            expires_at=now + rooms.access.session_most,
            address=where or None,
            agent=request.headers.get("user-agent", "")[:MAX_AGENT_LENGTH] or None,
        )
        row = await sessions.of_token(tx, digest(token), now=now, idle=rooms.access.session_idle)
        assert row is not None
        caller = await caller_of(tx, row)
        by_mail = caller.signing_in and takes_email_codes(row, await people.memberships(tx, row["person_id"]))
        begun = {"address": where, "second_factor_due": caller.signing_in}
        await tell_of_person(tx, rooms.clock, person["person_id"], person["email"], "person.signed_in", after=begun)
    set_session(response, token, int(rooms.access.session_most.total_seconds()))
    state = state_of(signing_in=caller.signing_in, enrolled=row["factor_confirmed_at"] is not None)
    return Begun(state=state, email_codes=by_mail)


@router.post("/sign-in/second-factor")
async def give_second_factor(body: Factor, request: Request, response: Response, rooms: InRooms) -> SignedIn:
    """Completes the session, which gets a new token."""
    await prove_factor(rooms, person_of(rooms), body.code, body.recovery_code, address_of(request))
    given = {"by": "code" if body.code is not None else "recovery code"}
    await complete_session(rooms, response, "person.second_factor_given", given)
    return SignedIn(state="complete")


@router.post("/sign-in/email-code", status_code=202)
async def ask_email_code(request: Request, rooms: InRooms) -> None:
    """A code of six digits by mail, good for ten minutes, once, and in this session only; for who has no authenticator,
    where every tenant that requires a second factor takes codes by mail (K32)."""
    session_of(rooms)
    await mail_code(rooms, person_of(rooms), session_token(request) or "")


@router.post("/sign-in/email-code/confirmation")
async def give_email_code(body: EmailCode, request: Request, response: Response, rooms: InRooms) -> SignedIn:
    """Completes the session with the code that was mailed last; the session gets a new token."""
    session_of(rooms)
    await prove_email_code(rooms, person_of(rooms), session_token(request) or "", body.code, address_of(request))
    await complete_session(rooms, response, "person.second_factor_given", {"by": "mailed code"})
    return SignedIn(state="complete")


@router.post("/sign-out", status_code=204)
async def sign_out(rooms: InRooms, response: Response) -> None:
    """Ends this session."""
    async with rooms.database.transaction() as tx:
        await sessions.end(tx, person_of(rooms), session_of(rooms))
        await tell_of_person(tx, rooms.clock, person_of(rooms), rooms.caller.name, "person.signed_out")
    drop_session(response)


def state_of(*, signing_in: bool, enrolled: bool) -> SignInState:
    if not signing_in:
        return "complete"
    return "code_due" if enrolled else "enrolment_due"
