"""Proposals: what plugins offer and quote while a price is made. One that fails is noted, and the others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ..types import Offer, Parcel, PricedLine, PriceRequest, ShippingQuote, TaxRow
from .failures import Failure, PluginFailed
from .places import request_for, stores_of, turns_over
from .turns import Moment, Turn, take

T = TypeVar("T", bound=Struct)

MOST = 1000
"""Values in one answer."""
LARGEST = 10**15
"""Minor units of one amount."""


async def offers(moment: Moment, request: PriceRequest) -> tuple[list[Offer], list[Failure]]:
    """Every offer for the request, stamped with its plugin and place, and the plugins that failed."""
    found: list[Offer] = []
    failures: list[Failure] = []
    for turn in turns_over(moment, "propose_offers", stores_of(request)):
        try:
            found += await take(turn, _offers_by(turn), {"request": request_for(turn, request)}, reads=True)
        except PluginFailed as failed:
            failures.append(failed.failure)
    return found, failures


async def shipping(moment: Moment, parcels: Sequence[Parcel]) -> tuple[list[ShippingQuote], list[Failure]]:
    """One quote for each store that some plugin quotes: its own plugins first, then the cheapest."""
    found: dict[UUID, tuple[tuple[bool, int, str, str], ShippingQuote]] = {}
    failures: list[Failure] = []
    for turn in turns_over(moment, "quote_shipping", [parcel.store_id for parcel in parcels]):
        mine = [_parcel(parcel) for parcel in parcels if turn.store_id in (None, parcel.store_id)]
        try:
            quotes = await take(turn, _shipping_by(turn, mine), {"parcels": tuple(mine)}, reads=True)
        except PluginFailed as failed:
            failures.append(failed.failure)
            continue
        for quote in quotes:
            rank = (turn.store_id is None, quote.amount, quote.plugin, quote.code)
            if quote.store_id not in found or rank < found[quote.store_id][0]:
                found[quote.store_id] = (rank, quote)
    return [quote for _, quote in found.values()], failures


async def taxes(moment: Moment, bases: Sequence[PricedLine]) -> tuple[list[TaxRow], list[Failure]]:
    """Every tax on the rows, and the plugins that failed."""
    found: list[TaxRow] = []
    failures: list[Failure] = []
    for turn in turns_over(moment, "quote_tax", list(dict.fromkeys(base.store_id for base in bases))):
        mine = tuple(replace(base) for base in bases if turn.store_id in (None, base.store_id))
        try:
            found += await take(turn, _taxes_by(turn, {base.id for base in mine}), {"bases": mine}, reads=True)
        except PluginFailed as failed:
            failures.append(failed.failure)
    return found, failures


def _parcel(parcel: Parcel) -> Parcel:
    return msgspec.convert(msgspec.to_builtins(parcel), Parcel)


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


def _shipping_by(turn: Turn, parcels: Sequence[Parcel]) -> Callable[[Any], list[ShippingQuote]]:
    def parse(answer: Any) -> list[ShippingQuote]:
        quotes = [replace(sound(quote), plugin=turn.plugin) for quote in listed(answer, ShippingQuote)]
        stores = [quote.store_id for quote in quotes]
        _require(len(set(stores)) == len(stores), "two quotes for one store")
        _require(set(stores) <= {parcel.store_id for parcel in parcels}, "a quote for a store without a parcel")
        _require(all(0 <= quote.amount <= LARGEST for quote in quotes), "an amount out of range")
        _require(all(quote.code and quote.label for quote in quotes), "a quote without a code or a label")
        return quotes

    return parse


def _taxes_by(turn: Turn, rows: set[str]) -> Callable[[Any], list[TaxRow]]:
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
