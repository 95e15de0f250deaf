"""What an offer takes from each row in its turn."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct, field

from ..types import Amount, BuyGet, FixedPrice, Per, Percent, Phase
from .arithmetic import PPM, half_up, percent_of, spread
from .candidates import Candidate, members


class Board(Struct):
    """What effects read of the rows: `floor` is the least that may be left of each in this phase."""

    phase: Phase
    quantity: list[int]
    floor: list[int]
    known: dict[int, list[int]] = field(default_factory=dict)

    def rows(self, mask: int) -> list[int]:
        """Return the rows of a bit set, which is asked for the same few sets again and again."""
        found = self.known.get(mask)
        if found is None:
            found = self.known[mask] = members(mask)
        return found


class Standing(Struct):
    """What changes from turn to turn: what is still to pay of each row, and how many units are used up."""

    running: list[int]
    used: list[int]

    def copy(self) -> Standing:
        return Standing(self.running[:], self.used[:])


class Taking(Struct):
    """Positive amounts by row, and the units that were counted for them."""

    amounts: dict[int, int]
    counted: dict[int, int]

    @property
    def total(self) -> int:
        return sum(self.amounts.values())


def take(candidate: Candidate, board: Board, now: Standing) -> Taking:
    """Return what the candidate takes of its benefiting rows as they stand. Changes nothing."""
    effect, running = candidate.effect, now.running
    rows, floor = board.rows(candidate.benefit), board.floor
    rooms = [running[row] - floor[row] for row in rows]
    counted = candidate.counted
    if isinstance(effect, BuyGet):
        wants, units = _buy_get(candidate, effect, board, now)
        counted = {row: max(counted.get(row, 0), units.get(row, 0)) for row in counted | units}
        amounts = _per_row([wants.get(row, 0) for row in rows], rows, rooms)
    elif (whole := _once(effect, board.phase, [running[row] for row in rows])) is not None:
        cap = candidate.offer.cap
        whole = whole if cap is None else min(whole, cap)
        shares = spread(whole, [running[row] for row in rows], rooms)
        return Taking({row: share for row, share in zip(rows, shares, strict=True) if share}, counted)
    else:
        amounts = _per_row(_wants(effect, rows, board, running), rows, rooms)
    return Taking(_capped(amounts, candidate.offer.cap, running), counted)


def apply(taking: Taking, uses_up: bool, board: Board, now: Standing) -> None:
    """Take the amounts, and use up the counted units if the offer says so."""
    for row, amount in taking.amounts.items():
        now.running[row] -= amount
    if uses_up:
        for row, count in taking.counted.items():
            now.used[row] = min(board.quantity[row], now.used[row] + count)


def most(candidate: Candidate, board: Board, start: Standing) -> int:
    """Return a bound on what the candidate can take in any company, from the level's start.

    That is what it takes alone; but of buy-x-get-y, which gives dearer units when cheaper ones are gone,
    it is what the dearest units would be worth.
    """
    effect = candidate.effect
    if not isinstance(effect, BuyGet):
        return take(candidate, board, start).total
    free = {row: _free(row, board, start) for row in members(candidate.qualify | candidate.benefit)}
    times = _most_times(candidate, effect, free)
    left, total = times * effect.get, 0
    for row in sorted(members(candidate.benefit), key=lambda row: -_worth(row, board, start)):
        given = min(left, free[row])
        left -= given
        total += half_up(start.running[row] * given * effect.rate_ppm, board.quantity[row] * PPM) + bool(given)
    cap = candidate.offer.cap
    return total if cap is None else min(total, cap)


def _per_row(wants: list[int], rows: list[int], rooms: list[int]) -> dict[int, int]:
    return {row: min(want, room) for row, want, room in zip(rows, wants, rooms, strict=True) if want > 0 and room > 0}


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


def _wants(effect: object, rows: list[int], board: Board, running: list[int]) -> list[int]:
    """Return what is wanted of each row where each counts for itself."""
    quantity = board.quantity
    if isinstance(effect, Percent):
        rate = effect.rate_ppm
        if board.phase is Phase.UNIT_PRICE:
            return [quantity[row] * percent_of(running[row] // quantity[row], rate) for row in rows]
        return [percent_of(running[row], rate) for row in rows]
    times = quantity if getattr(effect, "per", None) is Per.UNIT else [1] * len(quantity)
    if isinstance(effect, Amount):
        return [effect.amount * times[row] for row in rows]
    if isinstance(effect, FixedPrice):
        return [running[row] - effect.price * times[row] for row in rows]
    raise TypeError(f"{type(effect).__name__} is not an effect per row")


def _free(row: int, board: Board, now: Standing) -> int:
    return board.quantity[row] - now.used[row] if now.running[row] > 0 else 0


def _worth(row: int, board: Board, now: Standing) -> Fraction:
    return Fraction(now.running[row], board.quantity[row])


def _most_times(candidate: Candidate, effect: BuyGet, free: dict[int, int]) -> int:
    given = sum(free[row] for row in members(candidate.benefit)) // effect.get
    bought = sum(free[row] for row in members(candidate.qualify)) // effect.buy
    return min(given, bought) if effect.times is None else min(given, bought, effect.times)


def _buy_get(
    candidate: Candidate, effect: BuyGet, board: Board, now: Standing
) -> tuple[dict[int, int], dict[int, int]]:
    """Return the wanted amount by row, and all units that were counted or given by row."""
    rows = board.rows(candidate.qualify | candidate.benefit)
    free = {row: _free(row, board, now) for row in rows}
    cheapest = sorted(rows, key=lambda row: _worth(row, board, now))
    receivers = [row for row in cheapest if candidate.benefit >> row & 1]
    buyers = [row for row in rows if candidate.qualify >> row & 1]
    low, high = 0, _most_times(candidate, effect, free)
    while low < high:
        times = (low + high + 1) // 2
        given = _fill(times * effect.get, receivers, free)
        if sum(free[row] - given.get(row, 0) for row in buyers) >= times * effect.buy:
            low = times
        else:
            high = times - 1
    given = _fill(low * effect.get, receivers, free)
    dearest = sorted(buyers, key=lambda row: -_worth(row, board, now))
    bought = _fill(low * effect.buy, dearest, {row: free[row] - given.get(row, 0) for row in buyers})
    wants = {
        row: half_up(now.running[row] * count * effect.rate_ppm, board.quantity[row] * PPM)
        for row, count in given.items()
    }
    return wants, {row: given.get(row, 0) + bought.get(row, 0) for row in given | bought}


def _fill(count: int, rows: Sequence[int], free: dict[int, int]) -> dict[int, int]:
    """Take `count` units from the rows in their order, as many of each as are free."""
    taken = {}
    for row in rows:
        if count and free[row]:
            taken[row] = min(count, free[row])
            count -= taken[row]
    return taken
