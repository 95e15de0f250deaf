"""Signing in with an identifier and a password."""

from __future__ import annotations

from msgspec import Struct

from ..errors import Invalid, Unauthenticated
from ..mall import Mall
from ..storage import db
from . import passwords, queries, rules, sessions, throttle
from .queries import Credentials
from .throttle import Key
from .tokens import Tokens

PURPOSE = "sign-in"


class InvalidCredentials(Unauthenticated):
    """The same for a wrong password and for an identifier that nobody has."""

    code = "invalid_credentials"
    title = "The identifier or the password is wrong"


class Attempt(Struct, frozen=True, kw_only=True):
    """What a client sent: the identifier as it was typed, and where it came from."""

    identifier: str
    password: str
    address: str
    user_agent: str = ""


_STILL = "SELECT id FROM account WHERE id = $1 AND password_version = $2 FOR SHARE"
_REHASH = "UPDATE account SET password_hash = $3 WHERE id = $1 AND password_hash = $2"


async def sign_in(mall: Mall, attempt: Attempt) -> Tokens:
    """Open a session. Raises InvalidCredentials, TooManyAttempts, and Forbidden (`account_disabled`): the
    last only to who knows the password. Whether the identifier exists shows neither in the answer nor in
    the work that is done for it."""
    identifier = _normalised(attempt.identifier)
    person = throttle.by_identifier(mall, PURPOSE, identifier or attempt.identifier.strip())
    place = throttle.by_address(mall, PURPOSE, attempt.address)
    await throttle.admit(mall, [person, place])
    found = await queries.credentials(identifier) if identifier else None
    right = await passwords.matches(found.password_hash if found else None, attempt.password)
    if found is None or not right:
        raise InvalidCredentials
    tokens = await _open(mall, found, person, place, attempt.user_agent)
    await _renew_hash(found, attempt.password)
    return tokens


def _normalised(identifier: str) -> str | None:
    """None for what cannot be an identifier: it is counted and refused as an unknown one is."""
    try:
        return rules.identifier(identifier)
    except Invalid:
        return None


@db.atomic
async def _open(mall: Mall, found: Credentials, person: Key, place: Key, user_agent: str) -> Tokens:
    if await db.fetch_value(_STILL, found.id, found.password_version) is None:
        raise InvalidCredentials  # the password was changed while it was being verified
    tokens = await sessions.open_session(mall, found.id, user_agent)
    await throttle.take_back([place])
    await throttle.clear(person)
    return tokens


async def _renew_hash(found: Credentials, password: str) -> None:
    if passwords.outdated(found.password_hash):
        renewed = await passwords.hashed(rules.password(password))
        await db.execute(_REHASH, found.id, found.password_hash, renewed)
