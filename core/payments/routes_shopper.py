"""A shopper pays: ways to pay, the own payment, attempts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ..errors import NotFound
from ..http.access import PUBLIC, SHOPPER
from ..http.caller import Caller
from ..http.idempotency import once, slot_of
from ..http.locale import text_of
from ..mall import Mall
from . import attempts, inquiries, queries, views
from .queries import PaymentRow
from .schemas import AttemptBody, AttemptView, PaymentView, ProviderView


@get("/api/payments/providers", access=PUBLIC, tags=["payments"])
async def providers(mall: NamedDependency[Mall], locale: NamedDependency[str]) -> list[ProviderView]:
    """The ways to pay that the mall offers."""
    offered = sorted((await mall.plugins.offered()).items())
    return [ProviderView(code=code, label=text_of(provider.label, locale)) for code, provider in offered]


@get("/api/payments/{payment_id:uuid}", access=SHOPPER, tags=["payments"])
async def my_payment(caller: NamedDependency[Caller], payment_id: FromPath[UUID]) -> PaymentView:
    """One of the caller's payments, with its attempts and refunds."""
    return await views.of_shopper(await _own(caller, payment_id))


@post("/api/payments/{payment_id:uuid}/attempts", access=SHOPPER, tags=["payments"])
async def make_attempt(
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    mall: NamedDependency[Mall],
    payment_id: FromPath[UUID],
    data: JSONBody[AttemptBody],
) -> Response[AttemptView]:
    """Try to pay what is still due. The same Idempotency-Key gives the same attempt, as it stands now.

    When the provider's answer is lost the attempt is `unknown`, without `client_data`: repeat the request.
    """

    async def make() -> UUID:
        return await attempts.make(mall, caller.shopper_id, payment_id, data.provider, data.return_url)

    _, attempt_id, replayed = await once(await slot_of(request, caller), make, mall.now())
    row = await attempts.start(mall, UUID(attempt_id))
    headers = {"Idempotency-Replayed": "true"} if replayed else {}
    return Response(views.attempt(row), status_code=201, headers=headers)


@post("/api/payments/{payment_id:uuid}/refresh", access=SHOPPER, tags=["payments"], status_code=200)
async def refresh_payment(
    caller: NamedDependency[Caller], mall: NamedDependency[Mall], payment_id: FromPath[UUID]
) -> PaymentView:
    """Ask the providers what became of the attempts, at most every two seconds, and show the payment."""
    await _own(caller, payment_id)
    await inquiries.refresh(mall, payment_id)
    return await views.of_shopper(await _own(caller, payment_id))


async def _own(caller: Caller, payment_id: UUID) -> PaymentRow:
    """Raises NotFound (`payment_not_found`) for another shopper's payment too."""
    found = await queries.account_payment(caller.shopper_id, payment_id)
    if found is None:
        raise NotFound("There is no such payment.", code="payment_not_found")
    return found
