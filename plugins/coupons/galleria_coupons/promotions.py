"""What staff and the operator do with campaigns and full reductions: make, edit, activate, end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from galleria.core.plugin_api import Invalid, Mall, PreconditionFailed, bulk, db, new_id, rules_changed

from . import queries, validity
from .problems import CampaignNotFound, CodeTaken, ReductionNotFound, TermsFrozen, TooManyActive, WrongState
from .queries import TABLES
from .terms import Campaign, Reduction
from .validity import Fault

P = TypeVar("P", Campaign, Reduction)
Said = Mapping[str, Any]
"""Fields of a campaign or a reduction, as a body says them."""

PLUGIN = "coupons"
MOST_ACTIVE = 20
"""Full reductions that are active in one place: all of them enter every quote."""


@db.atomic
async def make(mall: Mall, shape: type[P], store_id: UUID | None, said: Said) -> P:
    """A draft. Raises Invalid, with the path of each field, and CodeTaken."""
    _require_sound(shape, said)
    if said.get("code") is not None and await queries.has_code(store_id, said["code"]):
        raise CodeTaken
    times = {"created_at": mall.now(), "updated_at": mall.now()}
    row = {"id": new_id(), "store_id": store_id, "state": "draft", "version": 1, **times, **said}
    await bulk.insert(TABLES[shape], [row | ({"claimed": 0} if shape is Campaign else {})])
    return await known(shape, store_id, row["id"])


@db.atomic
async def edit(mall: Mall, shape: type[P], store_id: UUID | None, promotion_id: UUID, version: int, said: Said) -> P:
    """Replace what is said; of an active one only what shoppers do not rely on.

    Raises CampaignNotFound, ReductionNotFound, PreconditionFailed, WrongState once it has ended, TermsFrozen,
    and Invalid, also for a limit below what is claimed.
    """
    before = await known(shape, store_id, promotion_id, lock=True)
    if before.version != version:
        raise PreconditionFailed
    if before.state == "ended":
        raise WrongState(state=before.state)
    _require_sound(shape, said)
    if before.state == "active":
        await _require_kept(store_id, before, said)
    await _write(shape, store_id, promotion_id, said, mall.now())
    if before.state == "active":
        await _announce(mall, shape, store_id)
    return await known(shape, store_id, promotion_id)


@db.atomic
async def activate(mall: Mall, shape: type[P], store_id: UUID | None, promotion_id: UUID, version: int) -> P:
    """draft -> active. Raises WrongState, PreconditionFailed, Invalid when its end has passed, TooManyActive."""
    before = await known(shape, store_id, promotion_id, lock=True)
    if before.version != version:
        raise PreconditionFailed
    if before.ends_at <= mall.now():
        _require_none([Fault("ends_at", "past", "it would be over already")])
    if shape is Reduction and await queries.count_active_reductions(store_id, mall.now()) >= MOST_ACTIVE:
        raise TooManyActive
    return await _move(mall, shape, store_id, before, "active")


@db.atomic
async def end(mall: Mall, shape: type[P], store_id: UUID | None, promotion_id: UUID) -> P:
    """draft or active -> ended, for good; again changes nothing. Raises CampaignNotFound, ReductionNotFound."""
    before = await known(shape, store_id, promotion_id, lock=True)
    return before if before.state == "ended" else await _move(mall, shape, store_id, before, "ended")


async def known(shape: type[P], store_id: UUID | None, promotion_id: UUID, *, lock: bool = False) -> P:
    """Raises CampaignNotFound, ReductionNotFound."""
    found = await queries.find(shape, store_id, promotion_id, lock=lock)
    if found is None:
        raise CampaignNotFound if shape is Campaign else ReductionNotFound
    return found


async def _move(mall: Mall, shape: type[P], store_id: UUID | None, before: P, state: str) -> P:
    allowed = {"active": ["draft"], "ended": ["draft", "active"]}[state]
    moved = await db.execute(
        f"UPDATE {TABLES[shape]} SET state = $3, version = version + 1, updated_at = $4 "  # noqa: S608  a constant
        "WHERE store_id IS NOT DISTINCT FROM $1 AND id = $2 AND state = ANY ($5::text[])",
        store_id,
        before.id,
        state,
        mall.now(),
        allowed,
    )
    if not moved:
        raise WrongState(state=before.state)
    await _announce(mall, shape, store_id)
    return await known(shape, store_id, before.id)


async def _announce(mall: Mall, shape: type[P], store_id: UUID | None) -> None:
    """Full reductions are cached and claimed by nobody: whoever has priced by the old ones prices anew.

    Campaigns are read for each quote, and compared again when their coupons are claimed.
    """
    if shape is Reduction:
        await rules_changed(mall, PLUGIN, store_id)


async def _write(shape: type[P], store_id: UUID | None, promotion_id: UUID, said: Said, now: datetime) -> None:
    columns, table = ", ".join(said), TABLES[shape]
    await db.execute(
        f"UPDATE {table} SET ({columns}) = (SELECT {columns} FROM jsonb_populate_record(NULL::{table}, $3)), "  # noqa: S608
        "version = version + 1, updated_at = $4 WHERE store_id IS NOT DISTINCT FROM $1 AND id = $2",
        store_id,
        promotion_id,
        dict(said),
        now,
    )


async def _require_kept(store_id: UUID | None, before: Campaign | Reduction, said: Said) -> None:
    changed = validity.frozen_changes(before, said)
    if changed:
        raise TermsFrozen(fields=changed)
    _require_none(validity.end_faults(before, said["ends_at"]))
    if isinstance(before, Campaign):
        _require_none(validity.limit_faults(before, said, await queries.most_by_one(before.id, store_id)))


def _require_sound(shape: type[P], said: Said) -> None:
    _require_none(validity.faults(shape, said))


def _require_none(faults: Iterable[Fault]) -> None:
    errors = [fault.entry for fault in faults]
    if errors:
        raise Invalid("Some values are not acceptable.", code=errors[0]["code"], errors=errors)
