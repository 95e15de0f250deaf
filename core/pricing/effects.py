"""What an offer takes from each row in its turn."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from ..types import Amount, BuyGet, FixedPrice, Per, Percent, Phase
from .arithmetic import PPM, half_up, percent_of, percents_of, spread, spread_in_rounds
from .candidates import Candidate, members


class Board(Struct):
    """What effects read of the rows: `floor` is the least that may be left of each in this phase.

    `scale` is the square of the largest quantity, see `_unit_worth`. `work` counts the rows that effects have gone
    through, which is what the search is bounded by.
    """

    phase: Phase
    quantity: list[int]
    floor: list[int]
    scale: int = 1
    work: int = 0


class Standing(Struct):
    """What changes from turn to turn: what is still to pay of each row, and how many units are used up.

    `cheapest` keeps the rows by what their units are worth, where many offers ask for it before any is applied.
    """

    running: list[int]
    used: list[int]
    cheapest: list[int] | None = None

    def copy(self) -> Standing:
        return Standing(self.running[:], self.used[:])


class Taking(Struct):
    """Positive amounts by row, and the units that are used up for them."""

    amounts: dict[int, int]
    counted: dict[int, int]

    @property
    def total(self) -> int:
        return sum(self.amounts.values())


def take(candidate: Candidate, board: Board, now: Standing) -> Taking:
    """Return what the candidate takes of its benefiting rows as they stand. Changes nothing."""
    effect, running, floor, cap = candidate.effect, now.running, board.floor, candidate.offer.cap
    rows, counted = members(candidate.benefit), candidate.counted
    board.work += len(rows)
    if isinstance(effect, BuyGet):
        wants, units = _buy_get(candidate, effect, board, now)
        if counted and units:
            units = {row: max(counted.get(row, 0), units.get(row, 0)) for row in counted | units}
        given = sorted(wants)
        amounts = _per_row([wants[row] for row in given], given, [running[row] - floor[row] for row in given])
        return Taking(_capped(amounts, cap, running), units or counted)
    rooms = [running[row] - floor[row] for row in rows]
    if (whole := _once(effect, board.phase, weights := [running[row] for row in rows])) is not None:
        shares, rounds = spread_in_rounds(whole if cap is None else min(whole, cap), weights, rooms)
        board.work += rounds * len(rows)
        return Taking({row: share for row, share in zip(rows, shares, strict=True) if share}, counted)
    amounts = _per_row(_wants(effect, rows, weights, board), rows, rooms)
    return Taking(_capped(amounts, cap, running), counted)


def apply(taking: Taking, board: Board, now: Standing) -> None:
    """Take the amounts, and use up the counted units."""
    running, used, quantity = now.running, now.used, board.quantity
    now.cheapest = None
    board.work += len(taking.counted)
    for row, amount in taking.amounts.items():
        running[row] -= amount
    for row, count in taking.counted.items():
        units = used[row] + count
        used[row] = units if units < quantity[row] else quantity[row]


def most(candidate: Candidate, board: Board, start: Standing) -> int:
    """Return a bound on what the candidate can take in any company, from the level's start.

    That is what it takes alone; but of buy-x-get-y, which gives dearer units when cheaper ones are gone,
    it is what the dearest units would be worth.
    """
    effect, cap = candidate.effect, candidate.offer.cap
    if not isinstance(effect, BuyGet):
        return _all_of(candidate, board, start)
    free = _free(members(candidate.lines), board, start)
    times = _most_times(candidate, effect, free)
    if start.cheapest is None:
        start.cheapest = _cheapest(range(len(start.running)), board, start)
    given = _fill(times * effect.get, _cheapest(members(candidate.benefit), board, start)[::-1], free)
    board.work += 3 * len(free)
    total = sum(_worth_of(given, effect, board, start).values()) + len(given)
    return total if cap is None else min(total, cap)


def _all_of(candidate: Candidate, board: Board, start: Standing) -> int:
    """Return the sum of what `take` returns, without spreading it."""
    rows, running, cap = members(candidate.benefit), start.running, candidate.offer.cap
    weights = [running[row] for row in rows]
    rooms = [running[row] - board.floor[row] for row in rows]
    board.work += len(rows)
    total = _once(candidate.effect, board.phase, weights)
    if total is None:
        total = sum(_per_row(_wants(candidate.effect, rows, weights, board), rows, rooms).values())
    total = min(total, sum([room for room in rooms if room > 0]))
    return total if cap is None else min(total, cap)


def _per_row(wants: list[int], rows: Sequence[int], rooms: list[int]) -> dict[int, int]:
    return {
        row: want if want < room else room
        for row, want, room in zip(rows, wants, rooms, strict=True)
        if want > 0 and room > 0
    }


def _capped(amounts: dict[int, int], cap: int | None, running: Sequence[int]) -> dict[int, int]:
    if cap is None or sum(amounts.values()) <= cap:
        return amounts
    rows = list(amounts)
    shares = spread(cap, [running[row] for row in rows], list(amounts.values()))
    return {row: share for row, share in zip(rows, shares, strict=True) if share}


def _once(effect: object, phase: Phase, amounts: list[int]) -> int | None:
    """Return what is taken from all rows together, or None where each row counts for itself."""
    if isinstance(effect, Percent):
        if phase in (Phase.UNIT_PRICE, Phase.LINE_DISCOUNT):
            return None
        return percent_of(sum(amounts), effect.rate_ppm)
    if isinstance(effect, Amount) and effect.per is Per.ONCE:
        return effect.amount
    if isinstance(effect, FixedPrice) and effect.per is Per.ONCE:
        return max(0, sum(amounts) - effect.price)
    return None


def _wants(effect: object, rows: Sequence[int], amounts: list[int], board: Board) -> list[int]:
    """Return what is wanted of each row where each counts for itself."""
    quantity = board.quantity
    if isinstance(effect, Percent):
        rate = effect.rate_ppm
        if board.phase is Phase.UNIT_PRICE:
            units = percents_of([amount // quantity[row] for row, amount in zip(rows, amounts, strict=True)], rate)
            return [quantity[row] * unit for row, unit in zip(rows, units, strict=True)]
        return percents_of(amounts, rate)
    times = [quantity[row] for row in rows] if getattr(effect, "per", None) is Per.UNIT else [1] * len(rows)
    if isinstance(effect, Amount):
        return [effect.amount * count for count in times]
    if isinstance(effect, FixedPrice):
        return [amount - effect.price * count for amount, count in zip(amounts, times, strict=True)]
    raise TypeError(f"{type(effect).__name__} is not an effect per row")


def _free(rows: Sequence[int], board: Board, now: Standing) -> dict[int, int]:
    """Return how many units of each row may be counted: neither used up nor worth nothing."""
    quantity, used, running = board.quantity, now.used, now.running
    return {row: quantity[row] - used[row] if running[row] > 0 else 0 for row in rows}


def _unit_worth(rows: Sequence[int], board: Board, now: Standing) -> dict[int, int]:
    """Return figures that order rows by what a unit of theirs is worth.

    Two fractions with denominators up to q differ by 1/q**2 at least, so that scaled by q**2 they can be rounded down.
    """
    return {row: now.running[row] * board.scale // board.quantity[row] for row in rows}


def _cheapest(rows: Sequence[int], board: Board, now: Standing) -> list[int]:
    """Return the rows by what a unit of theirs is worth, ties by position."""
    if now.cheapest is not None:
        wanted = set(rows)
        return [row for row in now.cheapest if row in wanted]
    return sorted(rows, key=_unit_worth(rows, board, now).__getitem__)


def _worth_of(given: dict[int, int], effect: BuyGet, board: Board, now: Standing) -> dict[int, int]:
    """Return what the given units are worth at the effect's rate, by row."""
    running, quantity = now.running, board.quantity
    return {row: half_up(running[row] * count * effect.rate_ppm, quantity[row] * PPM) for row, count in given.items()}


def _most_times(candidate: Candidate, effect: BuyGet, free: dict[int, int]) -> int:
    given = sum([free[row] for row in members(candidate.benefit)]) // effect.get
    bought = sum([free[row] for row in members(candidate.qualify)]) // effect.buy
    return min(given, bought) if effect.times is None else min(given, bought, effect.times)


def _buy_get(
    candidate: Candidate, effect: BuyGet, board: Board, now: Standing
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the wanted amount by row, and the units that are used up by row."""
    rows = members(candidate.lines)
    board.work += 6 * len(rows)
    free = _free(rows, board, now)
    receivers = _cheapest(members(candidate.benefit), board, now)
    times = _times(candidate, effect, receivers, free)
    given = _fill(times * effect.get, receivers, free)
    wants = _worth_of(given, effect, board, now)
    if not candidate.offer.uses_up_units:
        return wants, {}
    buyers = members(candidate.qualify)
    dearest = sorted(buyers, key=_unit_worth(buyers, board, now).__getitem__, reverse=True)
    bought = _fill(times * effect.buy, dearest, {row: free[row] - given.get(row, 0) for row in dearest})
    return wants, {row: given.get(row, 0) + bought.get(row, 0) for row in given | bought}


def _times(candidate: Candidate, effect: BuyGet, receivers: Sequence[int], free: dict[int, int]) -> int:
    """Return how many whole sets there are, filling the receivers in their order.

    A unit that is given is one less to be bought where its row qualifies too, so each row has a bound of its own.
    """
    units = sum([free[row] for row in members(candidate.qualify)])
    most, times, passed, lost = _most_times(candidate, effect, free), 0, 0, 0
    if not candidate.benefit & candidate.qualify:
        return most
    if not candidate.benefit & ~candidate.qualify:
        return min(most, units // (effect.get + effect.buy))
    for row in receivers:
        if candidate.qualify >> row & 1:
            bound = (units - lost + passed) // (effect.get + effect.buy)
            lost += free[row]
        else:
            bound = (units - lost) // effect.buy
        passed += free[row]
        if bound < passed // effect.get:
            return min(most, max(times, bound))
        times = passed // effect.get
    return min(most, times)


def _fill(count: int, rows: Sequence[int], free: dict[int, int]) -> dict[int, int]:
    """Take `count` units from the rows in their order, as many of each as are free."""
    taken = {}
    for row in rows:
        if not count:
            break
        if free[row]:
            taken[row] = min(count, free[row])
            count -= taken[row]
    return taken
