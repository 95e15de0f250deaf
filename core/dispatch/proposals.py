"""Proposals: what plugins offer and quote while a price is made. One that fails is noted, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..types import Offer, Parcel, PricedLine, PriceRequest, ShippingQuote, TaxRow
from .failures import Failure, PluginFailed
from .places import Shown, turns_over
from .turns import Moment, Turn, take_each

T = TypeVar("T", bound=Struct)
Rank = tuple[bool, int, str, str]
"""What the quotes for one store are sorted by: the mall's last, then amount, plugin and code."""

MOST = 1000
"""Values in one answer."""
LARGEST = 10**15
"""Minor units of one amount."""


async def offers(moment: Moment, request: PriceRequest) -> tuple[list[Offer], list[Failure]]:
    """Every offer for the request, stamped with its plugin and place, and the plugins that failed."""
    shown = Shown.of(request)
    asked = [
        (turn, _offers_by(turn), partial(_request_for, turn, shown))
        for turn in turns_over(moment, "propose_offers", list(shown.lines))
    ]
    answers, failures = _parted(await take_each(asked))
    return [offer for answer in answers for offer in answer], failures


async def shipping(moment: Moment, parcels: Sequence[Parcel]) -> tuple[list[ShippingQuote], list[Failure]]:
    """One quote for each store that some plugin quotes: its own plugins first, then the cheapest."""
    asked = [
        (turn, _shipping_by(turn, parcels), partial(_parcels_for, turn, parcels))
        for turn in turns_over(moment, "quote_shipping", [parcel.store_id for parcel in parcels])
    ]
    answers, failures = _parted(await take_each(asked))
    found: dict[UUID, tuple[Rank, ShippingQuote]] = {}
    for rank, quote in (entry for answer in answers for entry in answer):
        if quote.store_id not in found or rank < found[quote.store_id][0]:
            found[quote.store_id] = (rank, quote)
    return [quote for _, quote in found.values()], failures


async def taxes(moment: Moment, bases: Sequence[PricedLine]) -> tuple[list[TaxRow], list[Failure]]:
    """Every tax on the rows, and the plugins that failed."""
    asked = [
        (turn, _taxes_by(turn, bases), partial(_bases_for, turn, bases))
        for turn in turns_over(moment, "quote_tax", list(dict.fromkeys(base.store_id for base in bases)))
    ]
    answers, failures = _parted(await take_each(asked))
    return [tax for answer in answers for tax in answer], failures


def _parted(answers: Iterable[Any]) -> tuple[list[Any], list[Failure]]:
    good: list[Any] = []
    failures: list[Failure] = []
    for answer in answers:
        if isinstance(answer, PluginFailed):
            failures.append(answer.failure)
        else:
            good.append(answer)
    return good, failures


def _request_for(turn: Turn, shown: Shown) -> dict[str, Any]:
    return {"request": shown.to(turn)}


def _parcels_for(turn: Turn, parcels: Sequence[Parcel]) -> dict[str, Any]:
    return {"parcels": tuple(sound(parcel) for parcel in parcels if turn.store_id in (None, parcel.store_id))}


def _bases_for(turn: Turn, bases: Sequence[PricedLine]) -> dict[str, Any]:
    return {"bases": tuple(replace(base) for base in bases if turn.store_id in (None, base.store_id))}


def _offers_by(turn: Turn) -> Callable[[Any], list[Offer]]:
    """What an offer says itself is checked by the price engine, which drops a faulty one and says why."""

    def parse(answer: Any) -> list[Offer]:
        return [
            replace(
                offer,
                plugin=turn.plugin,
                store_id=turn.store_id,
                qualify=_frozen(offer.qualify),
                benefit=_frozen(offer.benefit),
                combines_with=_frozen(offer.combines_with),
                tags=_frozen(offer.tags),
            )
            for offer in listed(answer, Offer)
        ]

    return parse


def _frozen(names: Any) -> Any:
    return tuple(sorted(names)) if isinstance(names, list | set | frozenset) else names


def _shipping_by(turn: Turn, parcels: Sequence[Parcel]) -> Callable[[Any], list[tuple[Rank, ShippingQuote]]]:
    there = {parcel.store_id for parcel in parcels if turn.store_id in (None, parcel.store_id)}

    def parse(answer: Any) -> list[tuple[Rank, ShippingQuote]]:
        quotes = [replace(sound(quote), plugin=turn.plugin) for quote in listed(answer, ShippingQuote)]
        stores = [quote.store_id for quote in quotes]
        _require(len(set(stores)) == len(stores), "two quotes for one store")
        _require(set(stores) <= there, "a quote for a store without a parcel")
        _require(all(0 <= quote.amount <= LARGEST for quote in quotes), "an amount out of range")
        _require(all(quote.code and quote.label for quote in quotes), "a quote without a code or a label")
        return [((turn.store_id is None, quote.amount, quote.plugin, quote.code), quote) for quote in quotes]

    return parse


def _taxes_by(turn: Turn, bases: Sequence[PricedLine]) -> Callable[[Any], list[TaxRow]]:
    rows = {base.id for base in bases if turn.store_id in (None, base.store_id)}

    def parse(answer: Any) -> list[TaxRow]:
        found = [replace(sound(tax), plugin=turn.plugin) for tax in listed(answer, TaxRow)]
        _require(all(tax.line_id in rows for tax in found), "a tax on a row that is not there")
        _require(all(0 <= tax.rate_ppm <= 10_000_000 for tax in found), "a rate out of range")
        _require(all(tax.code and tax.label for tax in found), "a tax without a code or a label")
        return found

    return parse


def listed(answer: Any, kind: type[T]) -> list[T]:
    """The answer as a list of `kind`. Raises TypeError or ValueError when it is something else."""
    if not isinstance(answer, list | tuple) or not all(type(item) is kind for item in answer):
        raise TypeError(f"answered with {_name(answer)}, not with a list of {kind.__name__}")
    _require(len(answer) <= MOST, f"more than {MOST} values")
    return list(answer)


def sound(value: T) -> T:
    """A copy whose fields have the types that they are declared with. Raises ValueError."""
    try:
        return msgspec.convert(msgspec.to_builtins(value), type(value))
    except (TypeError, msgspec.ValidationError) as error:
        raise ValueError(f"{type(value).__name__} with a value of another type: {error}") from error


def _name(answer: Any) -> str:
    kinds: Iterable[str] = {type(item).__name__ for item in answer} if isinstance(answer, list | tuple) else ()
    return f"{type(answer).__name__} of {', '.join(sorted(kinds)) or 'nothing'}" if kinds else type(answer).__name__


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ValueError(otherwise)
