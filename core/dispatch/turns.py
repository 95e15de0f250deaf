"""Whose turn it is: the plugins that implement a hook and are on in a place, by name; and how each is called."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from datetime import datetime
from inspect import isawaitable
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct

from ..mall import Mall
from ..plugins.implementations import Implementation
from ..plugins.known import Known
from ..storage import db
from . import incidents
from .calls import TooLate, bounded
from .context import Context
from .failures import Failure, PluginFailed
from .relay import relay

log = structlog.get_logger(__name__)

Parse = Callable[[Any], Any]
"""Returns the answer as core goes on with it. Raises ValueError, TypeError for what is none."""
Arguments = Callable[[], Mapping[str, Any]]
"""Makes the arguments of one call, by name."""


class Moment(Struct, frozen=True, kw_only=True):
    """What all calls of one request share."""

    mall: Mall
    known: Known
    now: datetime
    locale: str


class Turn(Struct, frozen=True, kw_only=True):
    """One plugin's turn in one place."""

    moment: Moment
    implementation: Implementation
    store_id: UUID | None

    @property
    def plugin(self) -> str:
        return self.implementation.plugin.name

    @property
    def place(self) -> tuple[UUID | None, str]:
        return self.store_id, self.plugin

    @property
    def optional(self) -> bool:
        return self.implementation.plugin.info.optional

    def context(self) -> Context:
        """Raises Invalid when the settings that were saved do not fit the plugin any more."""
        known, plugin = self.moment.known, self.implementation.plugin
        return Context(
            mall=self.moment.mall,
            plugin=plugin.name,
            store_id=self.store_id,
            now=self.moment.now,
            locale=self.moment.locale,
            settings=known.settings_of(plugin, self.store_id),
            revision=known.rules.get(self.place, 0),
        )

    @property
    def suspended(self) -> bool:
        """Whether the plugin failed too often there; after a while one call is let through."""
        return self.moment.mall.plugins.breakers.is_open(self.place)

    @property
    def seconds(self) -> float:
        """How long the plugin may take: longer for a claim, which may have to wait for other buyers' claims."""
        settings = self.moment.mall.settings
        return settings.claim_deadline if self.implementation.hook == "claim_orders" else settings.hook_deadline

    def work(self, arguments: Arguments) -> Callable[[], Awaitable[Any]]:
        """The call itself, with those of the arguments that the function takes."""
        implementation, taken = self.implementation, self.implementation.arguments

        async def call() -> Any:
            named = {name: value for name, value in arguments().items() if name in taken}
            if "ctx" in taken:
                named["ctx"] = self.context()
            self.moment.mall.plugins.watched.enter(self.plugin, implementation.hook)
            answer = implementation.function(**named)
            return await answer if isawaitable(answer) else answer

        return call

    def failure(self, outcome: str, error: str = "") -> Failure:
        hook = self.implementation.hook
        return Failure(plugin=self.plugin, store_id=self.store_id, hook=hook, outcome=outcome, error=error)


def turns(moment: Moment, hook: str, store_id: UUID | None) -> Iterator[Turn]:
    """The plugins that implement the hook and are on there, in the order of their names."""
    for implementation in moment.mall.plugins.implementations[hook]:
        if moment.known.is_on(implementation.plugin, store_id):
            yield Turn(moment=moment, implementation=implementation, store_id=store_id)


async def take(turn: Turn, parse: Parse, arguments: Mapping[str, Any], *, reads: bool) -> Any:
    """Call the plugin with those of the arguments that it wants; return its parsed answer.

    Raises PluginFailed, and what asks for the transaction's retry. Failures in a row suspend the plugin in that
    place; the operator is told.
    """
    if turn.suspended:
        raise PluginFailed(turn.failure("suspended"))
    began = time.perf_counter()
    try:
        answer = parse(await bounded(turn.work(lambda: arguments), turn.seconds, reads=reads))
    except db.RETRIED:
        raise
    except Exception as error:  # foreign code may raise anything
        raise _failed(turn, error, time.perf_counter() - began) from error
    _succeeded(turn, time.perf_counter() - began)
    return answer


async def take_each(asked: Sequence[tuple[Turn, Parse, Arguments]]) -> list[Any]:
    """Call plugins that only read, one after the other; return each parsed answer, or PluginFailed in its place."""
    results: list[Any] = [PluginFailed(turn.failure("suspended")) if turn.suspended else None for turn, _, _ in asked]
    called = [at for at, result in enumerate(results) if result is None]
    if called:
        answers = await relay([_timed(*asked[at]) for at in called], asked[0][0].seconds)
        for at, answer in zip(called, answers, strict=True):
            results[at] = _judged(asked[at][0], answer)
    return results


def _timed(turn: Turn, parse: Parse, arguments: Arguments) -> Callable[[], Awaitable[tuple[float, Any]]]:
    work = turn.work(arguments)

    async def call() -> tuple[float, Any]:
        began = time.perf_counter()
        answer = parse(await work())
        return time.perf_counter() - began, answer

    return call


def _judged(turn: Turn, answer: Any) -> Any:
    if isinstance(answer, Exception):
        return _failed(turn, answer, turn.seconds if isinstance(answer, TooLate) else 0.0)
    seconds, parsed = answer
    _succeeded(turn, seconds)
    return parsed


def _failed(turn: Turn, error: Exception, seconds: float) -> PluginFailed:
    failure = note_failure(turn, "slow" if isinstance(error, TooLate) else "failed", error)
    turn.moment.mall.plugins.meter.count(turn.plugin, failure.hook, failure.outcome, seconds)
    return PluginFailed(failure)


def _succeeded(turn: Turn, seconds: float) -> None:
    plugins = turn.moment.mall.plugins
    plugins.breakers.succeeded(turn.place)
    plugins.meter.count(turn.plugin, turn.implementation.hook, "ok", seconds)


def note_failure(turn: Turn, outcome: str, error: Exception) -> Failure:
    """Count a failure against the plugin, unless it is the database that is away; tell the operator of a suspension."""
    failure = turn.failure(outcome, f"{type(error).__name__}: {error}")
    log.error("plugin_failed", plugin=turn.plugin, hook=failure.hook, outcome=outcome, exc_info=error)
    if not isinstance(error, db.AWAY) and turn.moment.mall.plugins.breakers.failed(turn.place):
        incidents.report(turn.moment.mall, failure)
    return failure
