"""The sandbox's page and its actions. Anyone may call them who knows the unguessable token in the path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from galleria.core.plugin_api import PUBLIC, Mall, RefundState
from litestar import MediaType, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi import ResponseSpec
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from . import pages, queries, service, views
from .courier import AT_ONCE
from .forms import body_of, is_form
from .provider import SandboxProvider, provider_of
from .queries import TransactionRow
from .schemas import EmptyBody, PayBody, SandboxPayment, SandboxPaymentStatus, SandboxRefund, SettleBody

AnyRequest = Request[Any, Any, Any]

_LARGEST = 16 * 1024
_FORM = ResponseSpec(None, description="The way back, for a form", generate_examples=False)
_PAYMENT = {200: ResponseSpec(SandboxPayment, description="The payment", generate_examples=False), 303: _FORM}
_REFUND = {200: ResponseSpec(SandboxRefund, description="The refund", generate_examples=False), 303: _FORM}


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


@get("/pay/{token:str}/status", access=PUBLIC)
async def payment_status(token: FromPath[str]) -> SandboxPaymentStatus:
    """What the page shows, as JSON: also the tokens of the refunds. Sends nothing."""
    found = await queries.transaction_by_token(token)
    return views.status(found, await queries.refunds_of(found.attempt_id))


@post("/pay/{token:str}/pay", access=PUBLIC, status_code=200, request_max_body_size=_LARGEST, responses=_PAYMENT)
async def pay(
    request: AnyRequest, token: FromPath[str], mall: NamedDependency[Mall]
) -> Response[SandboxPayment] | Redirect:
    """Pay all that is due, or `amount` (minor units) of it: JSON or a form. Paying again changes nothing."""
    body = await body_of(request, PayBody)
    paid = await service.pay(token, body.amount, now=mall.now())
    await _provider(mall).courier.deliver(paid.attempt_id, mall.now, tries=AT_ONCE)
    return await _answer(request, mall, paid, paid.return_url)


@post("/pay/{token:str}/decline", access=PUBLIC, status_code=200, request_max_body_size=_LARGEST, responses=_PAYMENT)
async def decline(
    request: AnyRequest, token: FromPath[str], mall: NamedDependency[Mall]
) -> Response[SandboxPayment] | Redirect:
    """Refuse to pay; the attempt has failed then."""
    await body_of(request, EmptyBody)
    declined = await service.decline(token, now=mall.now())
    return await _answer(request, mall, declined, declined.return_url)


@post("/pay/{token:str}/resend", access=PUBLIC, status_code=200, request_max_body_size=_LARGEST, responses=_PAYMENT)
async def resend(
    request: AnyRequest, token: FromPath[str], mall: NamedDependency[Mall]
) -> Response[SandboxPayment] | Redirect:
    """Send the notifications again, also those that arrived: a mall has to bear repetitions."""
    await body_of(request, EmptyBody)
    found = await queries.transaction_by_token(token)
    await _provider(mall).courier.deliver(found.attempt_id, mall.now, tries=AT_ONCE, again=True)
    return await _answer(request, mall, found, "")


@post("/refunds/{token:str}/settle", access=PUBLIC, status_code=200, request_max_body_size=_LARGEST, responses=_REFUND)
async def settle_refund(
    request: AnyRequest, token: FromPath[str], mall: NamedDependency[Mall]
) -> Response[SandboxRefund] | Redirect:
    """End a pending refund and tell the mall; one that is settled stays as it is."""
    body = await body_of(request, SettleBody)
    settled = await service.settle_refund(token, RefundState(body.state))
    await _provider(mall).courier.deliver(settled.attempt_id, mall.now, tries=AT_ONCE)
    if is_form(request):
        return _back(mall, await queries.transaction_of(settled.attempt_id), "")
    return Response(views.refund(await queries.refund_by_token(token)))


async def _answer(
    request: AnyRequest, mall: Mall, changed: TransactionRow, return_url: str
) -> Response[SandboxPayment] | Redirect:
    """JSON for programs; for the page's forms the way back, to the mall or to the page."""
    if is_form(request):
        return _back(mall, changed, return_url)
    return Response(views.payment(await queries.transaction_by_token(changed.token)))


def _back(mall: Mall, transaction: TransactionRow, return_url: str) -> Redirect:
    return Redirect(return_url or _provider(mall).page_path(transaction.token), status_code=303)


def _provider(mall: Mall) -> SandboxProvider:
    return provider_of(mall.plugins.providers)


ROUTES: Sequence[ControllerRouterHandler] = (pay_page, payment_status, pay, decline, resend, settle_refund)
