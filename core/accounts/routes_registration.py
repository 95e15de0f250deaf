"""Registering."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from ..http.access import PUBLIC
from ..http.caller import Caller
from ..http.idempotency import once, replay, slot_of
from ..mall import Mall
from . import passwords, registration, throttle
from .queries import AccountRow
from .registration import Applicant
from .schemas import Registration
from .standing import known

PURPOSE = "registration"


@post("/api/accounts", access=PUBLIC, tags=["accounts"])
async def register(
    request: Request[Any, Any, Any],
    data: JSONBody[Registration],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    locale: NamedDependency[str],
) -> Response[AccountRow]:
    """Make an account, without signing it in. 409 `identifier_taken` when the identifier has one."""
    slot = await slot_of(request, caller)
    applicant = _applicant(mall, data, locale)
    place = [throttle.by_address(mall, PURPOSE, caller.address)]
    await throttle.admit(mall, place)
    password_hash = await passwords.hashed(applicant.password)
    status, answer, replayed = await once(slot, lambda: _enrolled(mall, applicant, password_hash), mall.now())
    await throttle.take_back(place)
    return replay(status, answer) if replayed else Response(answer, status_code=status)


def _applicant(mall: Mall, data: Registration, locale: str) -> Applicant:
    return registration.checked(
        mall,
        email=data.email,
        phone=data.phone,
        password=data.password,
        name=data.name,
        locale=locale if data.locale is None else data.locale,
    )


async def _enrolled(mall: Mall, applicant: Applicant, password_hash: str) -> AccountRow:
    return await known(await registration.enrol(mall, applicant, password_hash))


ROUTES = (register,)
