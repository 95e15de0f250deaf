"""`galleria plugins order`: in which order offers and plugins go before each other."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import click

from ... import hookspecs
from ..mall import Mall
from ..plugins.classes import order_of, set_order
from ..plugins.known import Known


async def set_classes(mall: Mall, store_id: UUID | None, classes: Sequence[str]) -> None:
    """Replace the order of offer classes there. Raises Invalid (`offer_classes_invalid`)."""
    found = await order_of(store_id)
    await set_order(mall.plugins.states, store_id, classes, revision=found.revision, now=mall.now())


async def show_order(mall: Mall, store_id: UUID | None) -> None:
    """The classes, highest level first, and for each hook the plugins that are on there, as they are called."""
    click.echo(f"{'offer classes':20} {' > '.join((await order_of(store_id)).classes)}")
    known = await mall.plugins.states.current()
    for hook in mall.plugins.implementations:
        if getattr(hookspecs, hook).kind is not hookspecs.Kind.STARTUP:
            click.echo(f"{hook:20} {', '.join(_called(mall, known, hook, store_id)) or '-'}")


def _called(mall: Mall, known: Known, hook: str, store_id: UUID | None) -> list[str]:
    called = mall.plugins.implementations[hook]
    return [each.plugin.name for each in called if known.is_on(each.plugin, store_id)]
