"""The sandbox's page and its actions. Anyone may call them who knows the unguessable token in the path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from galleria.core.plugin_api import PUBLIC, Mall, RefundState
from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from . import pages, queries, service
from .courier import AT_ONCE
from .forms import body_of, is_form
from .provider import SandboxProvider, provider_of
from .queries import TransactionRow
from .schemas import EmptyBody, PayBody, PaymentAnswer, RefundAnswer, SettleBody

AnyRequest = Request[Any, Any, Any]

_LARGEST = 16 * 1024


@get("/pay/{token:str}", access=PUBLIC, media_type=MediaType.HTML)
async def pay_page(token: FromPath[str], mall: NamedDependency[Mall], locale: NamedDependency[str]) -> Response[str]:
    """What is due, with buttons to pay, to pay a part and to decline; also sends what the mall has not heard."""
    provider = _provider(mall)
    found = await queries.transaction_by_token(token)
    await provider.courier.deliver(found.attempt_id, mall.now)
    page = pages.render(
        await queries.transaction_by_token(token),
        await queries.refunds_of(found.attempt_id),
        path=provider.page_path(token),
        plugin_path=urlsplit(provider.mall_url).path,
        locale=locale,
        now=mall.now(),
    )
    return Response(page, media_type=MediaType.HTML, headers=pages.headers(provider.base_url))


@post("/pay/{token:str}/pay", access=PUBLIC, status_code=200, request_max_body_size=_LARGEST)
async def pay(
    request: AnyRequest, token: FromPath[str], mall: NamedDependency[Mall]
) -> Response[PaymentAnswer] | Redirect:
    """Pay all that is due, or `amount` (minor units) of it: JSON or a form. Paying again changes nothing."""
    body = await body_of(request, PayBody)
    paid = await service.pay(token, body.amount, now=mall.now())
    await _provider(mall).courier.deliver(paid.attempt_id, mall.now, tries=AT_ONCE)
    return await _answer(request, mall, paid, paid.return_url)


@post("/pay/{token:str}/decline", access=PUBLIC, status_code=200, request_max_body_size=_LARGEST)
async def decline(
    request: AnyRequest, token: FromPath[str], mall: NamedDependency[Mall]
) -> Response[PaymentAnswer] | Redirect:
    """Refuse to pay; the attempt has failed then."""
    await body_of(request, EmptyBody)
    declined = await service.decline(token, now=mall.now())
    return await _answer(request, mall, declined, declined.return_url)


@post("/pay/{token:str}/resend", access=PUBLIC, status_code=200, request_max_body_size=_LARGEST)
async def resend(
    request: AnyRequest, token: FromPath[str], mall: NamedDependency[Mall]
) -> Response[PaymentAnswer] | Redirect:
    """Send the notifications again, also those that arrived: a mall has to bear repetitions."""
    await body_of(request, EmptyBody)
    found = await queries.transaction_by_token(token)
    await _provider(mall).courier.deliver(found.attempt_id, mall.now, tries=AT_ONCE, again=True)
    return await _answer(request, mall, found, "")


@post("/refunds/{token:str}/settle", access=PUBLIC, status_code=200, request_max_body_size=_LARGEST)
async def settle_refund(
    request: AnyRequest, token: FromPath[str], mall: NamedDependency[Mall]
) -> Response[RefundAnswer] | Redirect:
    """End a pending refund and tell the mall; one that is settled stays as it is."""
    body = await body_of(request, SettleBody)
    settled = await service.settle_refund(token, RefundState(body.state))
    await _provider(mall).courier.deliver(settled.attempt_id, mall.now, tries=AT_ONCE)
    if is_form(request):
        return _back(mall, await queries.transaction_of(settled.attempt_id), "")
    told = await queries.refund_by_token(token)
    return Response(RefundAnswer(id=told.token, state=told.state, notified=told.notified_at is not None))


async def _answer(
    request: AnyRequest, mall: Mall, changed: TransactionRow, return_url: str
) -> Response[PaymentAnswer] | Redirect:
    """JSON for programs; for the page's forms the way back, to the mall or to the page."""
    if is_form(request):
        return _back(mall, changed, return_url)
    found = await queries.transaction_by_token(changed.token)
    return Response(
        PaymentAnswer(
            id=found.token,
            state=found.state,
            provider_transaction=found.provider_transaction,
            notified=found.notified_at is not None,
        )
    )


def _back(mall: Mall, transaction: TransactionRow, return_url: str) -> Redirect:
    return Redirect(return_url or _provider(mall).page_path(transaction.token), status_code=303)


def _provider(mall: Mall) -> SandboxProvider:
    return provider_of(mall.plugins.providers)


ROUTES: Sequence[ControllerRouterHandler] = (pay_page, pay, decline, resend, settle_refund)
