"""A request as each place sees it: a store with its own lines, the mall with all; a copy for each plugin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from ..types import Ask, PriceLine, PriceRequest
from .turns import Moment, Turn, turns


def stores_of(request: PriceRequest) -> list[UUID]:
    """The stores of a request, in the order in which they first occur."""
    return list(dict.fromkeys(line.store_id for line in request.lines))


def turns_over(moment: Moment, hook: str, stores: Sequence[UUID]) -> Iterator[Turn]:
    """The turns for the mall, then for each store."""
    if moment.mall.plugins.implementations[hook]:
        for place in (None, *stores):
            yield from turns(moment, hook, place)


class Shown(Struct, frozen=True):
    """A request as it is laid out for its places: the mall sees `request`, a store `lines` of its own."""

    request: PriceRequest
    lines: Mapping[UUID, tuple[PriceLine, ...]]

    @classmethod
    def of(cls, request: PriceRequest) -> Shown:
        lines: dict[UUID, list[PriceLine]] = {}
        for line in request.lines:
            lines.setdefault(line.store_id, []).append(line)
        return cls(request, {store_id: tuple(own) for store_id, own in lines.items()})

    def to(self, turn: Turn) -> PriceRequest:
        """What a plugin is shown: the lines of its place and its own asks, in values that it may spoil."""
        request, place = self.request, turn.store_id
        lines = request.lines if place is None else self.lines[place]
        return replace(
            request,
            lines=tuple([_copy(line) for line in lines]),
            asks=_own(request.asks, turn),
            delivery=dict(request.delivery) if place is None else _only(request.delivery, place),
            destination=deepcopy(request.destination) if request.destination else None,
        )


def _copy(line: PriceLine) -> PriceLine:
    return replace(line, extra=deepcopy(line.extra)) if line.extra else replace(line)


def _own(asks: tuple[Ask, ...], turn: Turn) -> tuple[Ask, ...]:
    return tuple(ask for ask in asks if ask.plugin == turn.plugin and ask.store_id == turn.store_id) if asks else ()


def _only(delivery: Mapping[UUID, str], place: UUID) -> dict[UUID, str]:
    return {place: delivery[place]} if place in delivery else {}
