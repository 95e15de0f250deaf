"""The plugins' part in placing: one round of claims over a batch of checkouts, and who is told of the orders later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct, field

from ..dispatch.checks import Refused
from ..dispatch.claims import Claim, claims, concerns, take_claim
from ..dispatch.failures import PluginFailed, refusal_for
from ..dispatch.places import turns_over
from ..dispatch.turns import Moment
from ..errors import Conflict, Problem
from ..mall import Mall
from ..orders import snapshots
from ..orders.participants import Participant
from ..orders.telling import HOOKS
from ..snapshots import OrderSnapshot
from .drafts import Draft


class Round(Struct, kw_only=True):
    """`touched` are the checkouts of which a plugin has written something in this round."""

    claims: Sequence[Claim]
    participants: Sequence[Participant]
    touched: set[UUID] = field(default_factory=set)

    @classmethod
    async def of(cls, mall: Mall, drafts: Sequence[Draft], now: datetime) -> Round:
        """Find out which plugins have a say in which of these checkouts."""
        known = await mall.plugins.states.current()
        locale = drafts[0].locale if drafts else mall.settings.locale
        moment = Moment(mall=mall, known=known, now=now, locale=locale)
        orders = [snapshots.of_new(order) for entry in drafts for order in entry.orders]
        return cls(claims=list(claims(moment, orders)), participants=_participants(moment, orders))

    async def claim(self) -> dict[UUID, Problem]:
        """Let all of them claim; return the refused checkouts. Those that are refused are not shown to the next."""
        refused: dict[UUID, Problem] = {}
        for claim in self.claims:
            waiting = [order for order in claim.orders if order.checkout_id not in refused]
            if waiting:
                refused |= await self._claim(Claim(claim.turn, waiting))
        return refused

    async def _claim(self, claim: Claim) -> dict[UUID, Problem]:
        checkouts = {order.checkout_id for order in claim.orders}
        try:
            found = await take_claim(claim)
        except PluginFailed as failed:
            self.touched |= checkouts  # each is tried again by itself, so that one cannot spoil the others
            return dict.fromkeys(checkouts, refusal_for(failed.failure))
        accepted = {order.checkout_id for order in claim.orders if order.id not in found}
        self.touched |= accepted
        return {order.checkout_id: _problem(found[order.id]) for order in claim.orders if order.id in found}


def _participants(moment: Moment, orders: Sequence[OrderSnapshot]) -> list[Participant]:
    """Every plugin that has a part in an order and may be told of it, once as the mall's and once as the store's."""
    stores = sorted({order.store_id for order in orders})
    found: dict[tuple[UUID, str, bool], Participant] = {}
    for hook in HOOKS.values():
        for turn in turns_over(moment, hook, stores):
            for_mall = turn.store_id is None
            for order in orders:
                if concerns(turn, order):
                    found[order.id, turn.plugin, for_mall] = Participant(
                        order_id=order.id, store_id=order.store_id, plugin=turn.plugin, for_mall=for_mall
                    )
    return list(found.values())


def _problem(refused: Refused) -> Problem:
    refusal = refused.refusal
    error = {
        "path": refusal.line_ids[0] if refusal.line_ids else "",
        "code": refused.code,
        "detail": refusal.detail,
        "params": refusal.params,
    }
    return Conflict(refusal.detail, code="claim_refused", plugin=refused.plugin, errors=[error])
