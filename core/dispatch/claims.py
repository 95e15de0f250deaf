"""Claims: plugins take what orders use up, inside the placing transaction, each under a savepoint of its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from msgspec import Struct

from ..errors import GalleriaError
from ..snapshots import OrderSnapshot, Refusal
from ..storage import db
from .checks import Refused, by_order
from .failures import Failure, PluginFailed, PluginUnavailable
from .places import turns_over
from .shown import owned, shown_to
from .turns import Moment, Turn, note_failure, take

MOST_TRIES = 3
"""Calls of one claim: the second one is without what the first refused."""


class Claim(Struct, frozen=True):
    """One plugin's turn, and the orders that concern it there, in order of arrival."""

    turn: Turn
    orders: Sequence[OrderSnapshot]


class _Undo(GalleriaError):
    def __init__(self, refusals: dict[UUID, Refusal]) -> None:
        self.refusals = refusals


def claims(moment: Moment, orders: Sequence[OrderSnapshot]) -> Iterator[Claim]:
    """By plugin name, then the mall before the stores: so that everybody takes locks in one order."""
    found = turns_over(moment, "claim_orders", sorted({order.store_id for order in orders}))
    for turn in sorted(found, key=lambda turn: turn.plugin):
        mine = [order for order in orders if concerns(turn, order)]
        if mine:
            yield Claim(turn, mine)


def concerns(turn: Turn, order: OrderSnapshot) -> bool:
    """Whether the plugin takes part in the order, in this place."""
    if turn.store_id not in (None, order.store_id):
        return False
    every = turn.implementation.plugin.info.takes_part == "every"
    return every or bool(owned(order, turn.plugin, turn.store_id is None))


async def take_claim(claim: Claim) -> dict[UUID, Refused]:
    """Let the plugin claim; return what it refused. Nothing that it wrote for a refused order is left.

    Raises PluginFailed with everything of it undone, and PluginUnavailable when it has spoilt the transaction.
    """
    refused: dict[UUID, Refused] = {}
    for _ in range(MOST_TRIES):
        waiting = [order for order in claim.orders if order.id not in refused]
        refusals = await _try(claim.turn, waiting) if waiting else {}
        if not refusals:
            return refused
        turn = claim.turn
        refused |= {key: Refused(plugin=turn.plugin, store_id=turn.store_id, refusal=refusals[key]) for key in refusals}
    raise PluginFailed(claim.turn.failure("failed", "it goes on refusing orders that it has accepted before"))


async def _try(turn: Turn, orders: Sequence[OrderSnapshot]) -> dict[UUID, Refusal]:
    """Empty when all are claimed. Otherwise what it wrote is undone, also what it wrote before it refused."""
    shown = tuple(shown_to(turn, order) for order in orders)
    try:
        async with db.savepoint():
            refusals: dict[UUID, Refusal] = await take(turn, by_order(shown), {"orders": shown}, reads=False)
            if refusals:
                raise _Undo(refusals)
    except _Undo as undone:
        return undone.refusals
    except PluginFailed:
        if not turn.optional:
            raise
    except db.ABORTED as error:
        failure = note_failure(turn, "failed", error)
        if not turn.optional:
            raise PluginFailed(failure) from error
    except db.LOST as error:
        raise _spoilt(note_failure(turn, "failed", error)) from error
    return {}


def _spoilt(failure: Failure) -> PluginUnavailable:
    return PluginUnavailable(f"{failure.plugin} has broken the transaction of this order.", plugin=failure.plugin)
