"""The composition root: settings -> engine -> plugins -> Litestar. Nothing else builds the application."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from litestar import Litestar, Request
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import ScalarRenderPlugin, SwaggerRenderPlugin

from . import hookspecs
from .core import logs
from .core.accounts.guards import identify
from .core.accounts.routes import ROUTES as ACCOUNTS
from .core.cart.routes import ROUTES as CART
from .core.catalog.routes import ROUTES as CATALOG
from .core.checkout import facts
from .core.checkout.routes import ROUTES as CHECKOUT
from .core.clock import Clock
from .core.dispatch import stalls
from .core.dispatch.watchdog import Watchdog
from .core.errors import StartupError
from .core.http import mounting, openapi
from .core.http.caller import Caller
from .core.http.documents import Documents
from .core.http.health import ROUTES as HEALTH
from .core.http.locale import locale_of
from .core.http.problems import HANDLERS
from .core.http.requests import RequestLog
from .core.inventory.routes import ROUTES as INVENTORY
from .core.jobs.registry import SWEEPS
from .core.jobs.routes import ROUTES as JOBS
from .core.jobs.runner import Runner, announce
from .core.mall import Mall
from .core.orders import telling
from .core.orders.routes import ROUTES as ORDERS
from .core.payments.routes import ROUTES as PAYMENTS
from .core.plugins.manager import PluginManager
from .core.plugins.metadata import Plugin
from .core.settings import Settings, load
from .core.storage import db, piccolo_conf
from .core.storage.outbox import Outbox
from .core.storage.redis import connect
from .core.stores import policies
from .core.stores.guards import enabled, enforce, store_of
from .core.stores.queries import StoreRow
from .core.stores.routes import ROUTES as STORES

VERSION = "0.1.0"
MAX_BODY = 64 * 1024 * 1024
"""Bytes of the largest request: a catalog file of tens of thousands of rows."""

CORE_ROUTES = (*HEALTH, *ACCOUNTS, *STORES, *INVENTORY, *CATALOG, *CART, *PAYMENTS, *ORDERS, *CHECKOUT, *JOBS)


def build_mall(settings: Settings, *, plugins: Sequence[Plugin] | None = None, clock: Clock | None = None) -> Mall:
    """Load plugins, make their tables known, and tie the parts together. Raises StartupError."""
    manager = PluginManager(settings, hookspecs, plugins)
    piccolo_conf.register_apps(manager.table_apps)
    mall = Mall(
        settings=settings,
        clock=clock or Clock(),
        plugins=manager,
        outbox=Outbox(),
        redis=connect(settings.redis_url),
    )
    facts.subscribe(mall)
    telling.subscribe(mall)
    return mall


def create_app(mall: Mall | None = None) -> Litestar:
    """The ASGI application. Granian's workers call it without an argument: settings come from the environment."""
    served = mall is None
    mall = mall or build_mall(_served_settings())
    application = Litestar(
        route_handlers=[*CORE_ROUTES, *mounting.routers(mall.plugins, enabled, CORE_ROUTES)],
        guards=[identify, enforce],
        dependencies={
            "mall": Provide(_mall),
            "caller": Provide(_caller),
            "store": Provide(_store),
            "locale": Provide(_locale),
        },
        exception_handlers=HANDLERS,
        lifespan=[partial(_lifespan, mall, watched=served and mall.settings.stall_limit > 0)],
        openapi_config=_openapi(),
        request_max_body_size=MAX_BODY,
        logging_config=None,
    )
    application.asgi_handler = RequestLog(application.asgi_handler)
    application.state.mall = mall
    application.state.documents = Documents(lambda: application.openapi_schema.to_schema())
    openapi.require_distinct(application, mall.plugins.states.plugins)
    policies.require(application, mall)
    return application


def _served_settings() -> Settings:
    settings = load()
    logs.configure(settings)
    if not settings.database_url or not settings.redis_url:
        raise StartupError("No database is named. Start with `galleria serve`, or set GALLERIA_DATABASE_URL.")
    return settings


@asynccontextmanager
async def _lifespan(mall: Mall, application: Litestar, *, watched: bool) -> AsyncIterator[None]:
    engine = db.engine()
    started_here = engine.pool is None
    if started_here:
        engine.bind(mall.settings.database_url)
        await engine.start(mall.settings.pool_size)
    runner = Runner(mall, SWEEPS) if mall.settings.jobs == "inside" else None
    mall.outbox.on_publish(runner.wake if runner else partial(announce, mall))
    if runner:
        runner.start()
    application.state.documents.combined()
    _settle_memory()
    watchdog = Watchdog(mall) if watched else None
    if watchdog:
        await stalls.collect(mall)
        watchdog.start()
    try:
        yield
    finally:
        if watchdog:
            watchdog.stop()
        if runner:
            await runner.stop()
        await mall.redis.aclose()
        if started_here:
            await engine.stop()


def _settle_memory() -> None:
    """Keep what start-up built out of every later collection: the pauses are what spoils the slowest requests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1000)


async def _mall(state: State) -> Mall:
    found: Mall = state.mall
    return found


async def _caller(request: Request[Any, Any, Any]) -> Caller:
    found: Caller = request.user
    return found


async def _store(request: Request[Any, Any, Any]) -> StoreRow:
    return await store_of(request)


async def _locale(request: Request[Any, Any, Any]) -> str:
    return locale_of(request)


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Galleria",
        version=VERSION,
        path="/api/docs",
        render_plugins=[ScalarRenderPlugin(), SwaggerRenderPlugin()],
        operation_id_creator=openapi.operation_id,
    )


__all__ = ["build_mall", "create_app"]
