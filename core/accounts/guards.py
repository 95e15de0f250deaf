"""Who calls: read from the headers once a request, before anything else looks at it."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from ..errors import Unauthenticated
from ..http.address import client_address
from ..http.caller import Caller
from ..mall import Mall
from . import sessions

Connection = ASGIConnection[Any, Any, Any, Any]


async def identify(connection: Connection, _: BaseRouteHandler) -> None:
    """Put a Caller on the connection. Raises Unauthenticated: a token that is sent but not valid is never ignored."""
    header = connection.headers.get("authorization")
    connection.scope["user"] = _anonymous(connection) if header is None else await _known(connection, header)


def _anonymous(connection: Connection) -> Caller:
    settings = connection.app.state.mall.settings
    peer = connection.client.host if connection.client else ""
    forwarded = ",".join(connection.headers.getall("x-forwarded-for", [])) if settings.trusted_proxies else ""
    address = client_address(peer, forwarded, settings.proxies)
    return Caller(cart_token=connection.headers.get("x-cart-token"), address=address)


async def _known(connection: Connection, header: str) -> Caller:
    mall: Mall = connection.app.state.mall
    identity = await sessions.identify(mall, _bearer(header))
    anonymous = _anonymous(connection)
    return Caller(
        account_id=identity.account_id,
        session_id=identity.session_id,
        roles=frozenset(identity.roles),
        cart_token=anonymous.cart_token,
        address=anonymous.address,
    )


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("Send `Authorization: Bearer <access token>`.", code="token_invalid")
    return token.strip()
