"""Facts: a plugin is told what has happened to an order that it took part in, whatever state it is in now."""

from __future__ import annotations

from uuid import UUID

from ..mall import Mall
from ..plugins.implementations import Implementation
from ..snapshots import OrderFact, RefundFact
from .calls import bounded
from .turns import Moment, Turn


async def tell(mall: Mall, implementation: Implementation, store_id: UUID | None, fact: OrderFact | RefundFact) -> None:
    """Call the hook inside the delivery's transaction. What it raises is the outbox's matter; no breaker counts it."""
    moment = Moment(mall=mall, known=await mall.plugins.states.current(), now=mall.now(), locale=mall.settings.locale)
    turn = Turn(moment=moment, implementation=implementation, store_id=store_id)
    await bounded(turn.work(lambda: {"fact": fact}), mall.settings.fact_deadline, reads=False)
