"""Whose turn it is: the plugins that implement a hook and are on in a place, by name; and how each is called."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
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

log = structlog.get_logger(__name__)

Parse = Callable[[Any], Any]
"""Returns the answer as core goes on with it. Raises ValueError, TypeError for what is none."""


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

    def work(self, arguments: Mapping[str, Any]) -> Callable[[], Awaitable[Any]]:
        """The call itself, with those of the arguments that the function takes."""
        implementation = self.implementation

        async def call() -> Any:
            named = {name: value for name, value in arguments.items() if name in implementation.arguments}
            if "ctx" in implementation.arguments:
                named["ctx"] = self.context()
            self.moment.mall.plugins.watched.enter(self.plugin, implementation.hook)
            answer = implementation.function(**named)
            return await answer if isinstance(answer, Awaitable) else answer

        return call

    def failure(self, outcome: str, error: str = "") -> Failure:
        hook = self.implementation.hook
        return Failure(plugin=self.plugin, store_id=self.store_id, hook=hook, outcome=outcome, error=error)


def turns(moment: Moment, hook: str, store_id: UUID | None) -> Iterator[Turn]:
    """The plugins that implement the hook and are on there, in the order of their names."""
    for implementation in moment.mall.plugins.implementations[hook]:
        if moment.known.is_on(implementation.plugin, store_id):
            yield Turn(moment=moment, implementation=implementation, store_id=store_id)


async def take(
    turn: Turn, parse: Parse, arguments: Mapping[str, Any], *, reads: bool, seconds: float | None = None
) -> Any:
    """Call the plugin with those of the arguments that it wants; return its parsed answer.

    Raises PluginFailed, and what asks for the transaction's retry.
    Failures in a row suspend the plugin in that place; the operator is told.
    """
    breakers = turn.moment.mall.plugins.breakers
    if breakers.is_open(turn.place):
        raise PluginFailed(turn.failure("suspended"))
    limit = seconds or turn.moment.mall.settings.hook_deadline
    began = time.perf_counter()
    try:
        answer = parse(await bounded(turn.work(arguments), limit, reads=reads))
    except db.RETRIED:
        raise
    except Exception as error:  # foreign code may raise anything
        failure = note_failure(turn, "slow" if isinstance(error, TooLate) else "failed", error)
        _count(turn, failure.outcome, began)
        raise PluginFailed(failure) from error
    breakers.succeeded(turn.place)
    _count(turn, "ok", began)
    return answer


def note_failure(turn: Turn, outcome: str, error: Exception) -> Failure:
    """Count a failure against the plugin, unless it is the database that is away; tell the operator of a suspension."""
    failure = turn.failure(outcome, f"{type(error).__name__}: {error}")
    log.error("plugin_failed", plugin=turn.plugin, hook=failure.hook, outcome=outcome, exc_info=error)
    if not isinstance(error, db.AWAY) and turn.moment.mall.plugins.breakers.failed(turn.place):
        incidents.report(turn.moment.mall, failure)
    return failure


def _count(turn: Turn, outcome: str, began: float) -> None:
    turn.moment.mall.plugins.meter.count(turn.plugin, turn.implementation.hook, outcome, time.perf_counter() - began)
