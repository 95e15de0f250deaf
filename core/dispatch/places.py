"""A request as each place sees it: a store with its own lines, the mall with all; a copy for each plugin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from uuid import UUID

from msgspec.structs import replace

from ..types import PriceLine, PriceRequest
from .turns import Moment, Turn, turns


def stores_of(request: PriceRequest) -> list[UUID]:
    """The stores of a request, in the order in which they first occur."""
    return list(dict.fromkeys(line.store_id for line in request.lines))


def turns_over(moment: Moment, hook: str, stores: Sequence[UUID]) -> Iterator[Turn]:
    """The turns for the mall, then for each store."""
    if moment.mall.plugins.implementations[hook]:
        for place in (None, *stores):
            yield from turns(moment, hook, place)


def request_for(turn: Turn, request: PriceRequest) -> PriceRequest:
    """What a plugin is shown: the lines of its place and its own asks, in values that it may spoil."""
    place = turn.store_id
    return replace(
        request,
        lines=tuple(_copy(line) for line in request.lines if place is None or line.store_id == place),
        asks=tuple(ask for ask in request.asks if ask.plugin == turn.plugin and ask.store_id == place),
        delivery={store_id: how for store_id, how in request.delivery.items() if place in (None, store_id)},
        destination=deepcopy(request.destination),
    )


def _copy(line: PriceLine) -> PriceLine:
    return replace(line, extra=deepcopy(line.extra)) if line.extra else replace(line)
