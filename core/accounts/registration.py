"""New accounts.

Registering tells whether an identifier is taken, by 409 `identifier_taken`. That cannot be hidden as long as
no message can be sent to the identifier: with e-mail or SMS verification the answer would be the same for
both, and the message would differ. Until a plugin verifies, asking is made slow instead: refused attempts
are counted per network address, apart from failed sign-ins, and the password is hashed before the database
is asked, so that time tells no more than the answer does.
"""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from ..errors import Conflict
from ..ids import new_id
from ..mall import Mall
from ..storage import db
from . import passwords, queries, rules


class IdentifierTaken(Conflict):
    code = "identifier_taken"
    title = "There is an account with this e-mail address or phone number"


class Applicant(Struct, frozen=True, kw_only=True):
    """Everything that an account needs, checked and in its normal form."""

    email: str | None
    phone: str | None
    password: str
    name: str
    locale: str


_INSERT = """
INSERT INTO account (id, email, phone, password_hash, password_version, name, locale, created_at)
VALUES ($1, $2, $3, $4, 1, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id
"""
_GRANT = """
INSERT INTO mall_role (id, account_id, role, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id, role) DO NOTHING
"""


def checked(
    mall: Mall, *, email: str | None, phone: str | None, password: str, name: str, locale: str | None
) -> Applicant:
    """Raises Invalid, naming the field."""
    if not email and not phone:
        rules.refuse("email", "identifier_required", "Give an e-mail address or a phone number.")
    return Applicant(
        email=rules.email_address(email) if email else None,
        phone=rules.phone_number(phone) if phone else None,
        password=rules.password(password),
        name=rules.plain_text(name, "name", most=80),
        locale=rules.locale(mall.settings.locale if locale is None else locale),
    )


async def enrol(mall: Mall, applicant: Applicant, password_hash: str) -> UUID:
    """Insert the account. Raises IdentifierTaken; of parallel calls with one identifier exactly one succeeds."""
    account_id: UUID | None = await db.fetch_value(
        _INSERT, new_id(), applicant.email, applicant.phone, password_hash, applicant.name, applicant.locale,
        mall.now(),
    )  # fmt: skip
    if account_id is None:
        raise IdentifierTaken
    return account_id


async def register(
    mall: Mall,
    *,
    email: str | None = None,
    phone: str | None = None,
    password: str,
    name: str = "",
    locale: str | None = None,
) -> UUID:
    """Make an account; nobody is signed in. Raises Invalid, IdentifierTaken."""
    applicant = checked(mall, email=email, phone=phone, password=password, name=name, locale=locale)
    return await enrol(mall, applicant, await passwords.hashed(applicant.password))


async def make_operator(mall: Mall, *, email: str, password: str) -> UUID:
    """Have the account with this e-mail address run the mall; an existing one keeps its password. Raises Invalid."""
    try:
        account_id = await register(mall, email=email, password=password)
    except IdentifierTaken:
        found = await queries.account_by_identifier(email)
        if found is None:
            raise
        account_id = found.id
    await db.execute(_GRANT, new_id(), account_id, "operator", mall.now())
    return account_id
