"""Integer arithmetic of prices: half-up fractions and the spreading of a sum.

Rates are parts per million everywhere (`PPM` is the whole); amounts are minor units. No floating point.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import le

PPM = 1_000_000
ROUNDS = 4


def half_up(numerator: int, denominator: int) -> int:
    """Return numerator / denominator, rounded half-up. Both must be non-negative, the denominator positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def percent_of(amount: int, rate_ppm: int) -> int:
    """Return the part of a non-negative amount that the rate names, rounded half-up."""
    return (2 * amount * rate_ppm + PPM) // (2 * PPM)


def percents_of(amounts: Sequence[int], rate_ppm: int) -> list[int]:
    """Return `percent_of` of each amount."""
    return [(2 * amount * rate_ppm + PPM) // (2 * PPM) for amount in amounts]


def included_in(amount: int, rate_ppm: int, all_ppm: int) -> int:
    """Return the tax at `rate_ppm` that a gross amount contains when taxes of `all_ppm` are in it together."""
    return half_up(amount * rate_ppm, PPM + all_ppm)


def largest_remainder(amount: int, weights: Sequence[int]) -> list[int]:
    """Split a non-negative amount in proportion to the weights; the parts sum to it.

    The units that rounding down leaves go to the largest remainders, ties by position. Weights that are
    all zero count as equal.
    """
    whole = sum(weights)
    if not whole:
        weights, whole = [1] * len(weights), len(weights)
    shares = [amount * weight // whole for weight in weights]
    left = amount - sum(shares)
    if left:
        remainders = [amount * weight % whole for weight in weights]
        for i in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:left]:
            shares[i] += 1
    return shares


def spread(amount: int, weights: Sequence[int], rooms: Sequence[int]) -> list[int]:
    """Spread an amount by largest remainder where each part has a room that it cannot exceed.

    Parts whose share exceeds their room are held at it and the rest is spread anew over the others, in at most
    ROUNDS rounds; what is left after them goes to the parts in their order. What exceeds all rooms together
    is not spread: the result sums to min(amount, sum(rooms)).
    """
    return spread_in_rounds(amount, weights, rooms)[0]


def spread_in_rounds(amount: int, weights: Sequence[int], rooms: Sequence[int]) -> tuple[list[int], int]:
    """Return what `spread` does, and in how many rounds, which is what it costs."""
    if weights == rooms or min(rooms) > 0:
        shares = largest_remainder(min(amount, sum(rooms)), weights)
        if all(map(le, shares, rooms)):
            return shares, 1
    result = [0] * len(weights)
    open_ = [i for i, room in enumerate(rooms) if room > 0]
    left = min(amount, sum([rooms[i] for i in open_]))
    for rounds in range(1, ROUNDS + 1):
        shares = largest_remainder(left, [weights[i] for i in open_])
        held = [i for i, share in zip(open_, shares, strict=True) if share > rooms[i]]
        if not held:
            for i, share in zip(open_, shares, strict=True):
                result[i] = share
            return result, rounds
        for i in held:
            result[i] = rooms[i]
            left -= rooms[i]
        open_ = [i for i in open_ if not result[i]]
    for bounds in (largest_remainder(left, [weights[i] for i in open_]), [rooms[i] for i in open_]):
        for i, bound in zip(open_, bounds, strict=True):
            more = min(left, bound - result[i], rooms[i] - result[i])
            result[i] += more
            left -= more
    return result, ROUNDS + 1
