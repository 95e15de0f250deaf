"""Asking plugins whether an order may take a step."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from ..dispatch import checks
from ..dispatch.failures import refusal_for
from ..dispatch.places import turns_over
from ..dispatch.turns import Moment
from ..errors import Conflict
from ..mall import Mall
from . import queries, snapshots


async def ask(mall: Mall, transition: str, order_ids: Sequence[UUID]) -> None:
    """Raises Conflict (`step_refused`) when a plugin refuses the step, PluginUnavailable when one cannot say.

    Costs one read where a plugin is installed that has a say, and more only where it is on.
    """
    moment = Moment(mall=mall, known=await mall.plugins.states.current(), now=mall.now(), locale=mall.settings.locale)
    if not mall.plugins.implementations["check_transition"]:
        return
    stores = {order.store_id for order in await queries.orders(order_ids)}
    if next(turns_over(moment, "check_transition", sorted(stores)), None) is None:
        return
    shown = await snapshots.stored(order_ids)
    refused, failures = await checks.transition(moment, transition, [shown[key] for key in order_ids if key in shown])
    for failure in failures:
        raise refusal_for(failure)
    if refused:
        errors = [
            {"path": str(order_id), "code": each.code, "detail": each.refusal.detail, "params": each.refusal.params}
            for order_id, each in refused.items()
        ]
        detail = next(iter(refused.values())).refusal.detail
        raise Conflict(detail, code="step_refused", transition=transition, errors=errors)
