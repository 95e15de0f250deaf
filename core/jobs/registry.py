"""Everything that the domains have to sweep and to hold."""

from __future__ import annotations

from ..accounts import invariants as accounts_invariants
from ..accounts import sweeps as accounts_sweeps
from ..cart import invariants as cart_invariants
from ..cart import sweeps as cart_sweeps
from ..catalog import invariants as catalog_invariants
from ..catalog import sweeps as catalog_sweeps
from ..checkout import invariants as checkout_invariants
from ..checkout import sweeps as checkout_sweeps
from ..http import idempotency
from ..inventory import invariants as inventory_invariants
from ..inventory import sweeps as inventory_sweeps
from ..mall import Mall
from ..orders import invariants as orders_invariants
from ..orders import sweeps as orders_sweeps
from ..payments import invariants as payments_invariants
from ..payments import sweeps as payments_sweeps
from ..plugins import invariants as plugins_invariants
from ..storage.invariants import Invariant
from ..storage.sweeps import Sweep
from ..stores import invariants as stores_invariants
from ..stores import sweeps as stores_sweeps


async def _deliver(mall: Mall) -> int:
    return await mall.outbox.deliver(mall.now())


async def _purge(mall: Mall) -> int:
    return await idempotency.purge(mall.now())


SWEEPS: tuple[Sweep, ...] = (
    Sweep("outbox", 1, _deliver),
    Sweep("idempotency", 3600, _purge),
    *accounts_sweeps.SWEEPS,
    *stores_sweeps.SWEEPS,
    *inventory_sweeps.SWEEPS,
    *catalog_sweeps.SWEEPS,
    *cart_sweeps.SWEEPS,
    *payments_sweeps.SWEEPS,
    *orders_sweeps.SWEEPS,
    *checkout_sweeps.SWEEPS,
)

INVARIANTS = (
    *plugins_invariants.INVARIANTS,
    *accounts_invariants.INVARIANTS,
    *stores_invariants.INVARIANTS,
    *inventory_invariants.INVARIANTS,
    *catalog_invariants.INVARIANTS,
    *cart_invariants.INVARIANTS,
    *payments_invariants.INVARIANTS,
    *orders_invariants.INVARIANTS,
    *checkout_invariants.INVARIANTS,
)


def invariants_of(mall: Mall) -> tuple[Invariant, ...]:
    """Core's, and those of the installed plugins, whose names say whose they are."""
    return (*INVARIANTS, *mall.plugins.invariants)
