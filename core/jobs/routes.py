"""Dead letters, for the operator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.types import ControllerRouterHandler
from msgspec import Struct
from msgspec.structs import asdict

from ..errors import NotFound
from ..http import cursors
from ..http.access import OPERATOR
from ..http.schemas import Page
from ..mall import Mall
from . import dead_letters
from .dead_letters import DeadLetter, Filter

Limit = Annotated[int, QueryParameter(ge=1, le=cursors.MAX_LIMIT)]


class DeadLetterView(Struct, kw_only=True):
    """A fact that a recipient could not take. `age` is seconds since it happened; `error` is of the last try."""

    id: UUID
    recipient: str
    kind: str
    subject_id: UUID
    store_id: UUID | None
    state: str
    attempts: int
    error: str
    created_at: datetime
    age: int


@get("/api/mall/dead-letters", access=OPERATOR, tags=["mall"])
async def mall_dead_letters(
    mall: NamedDependency[Mall],
    recipient: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: Limit = cursors.DEFAULT_LIMIT,
) -> Page[DeadLetterView]:
    """Deliveries that failed too often, newest first: of one recipient, or of all."""
    wanted = Filter(recipient=recipient, before=cursors.decode(cursor, UUID), limit=limit)
    found = await dead_letters.parked(wanted)
    return cursors.page(found, limit, lambda letter: letter.id, partial(_view, mall.now()))


@post("/api/mall/dead-letters/{delivery_id:uuid}/retry", access=OPERATOR, tags=["mall"], status_code=200)
async def retry_dead_letter(mall: NamedDependency[Mall], delivery_id: FromPath[UUID]) -> DeadLetterView:
    """Deliver it again, as if it had never been tried. What is not parked any more stays as it is."""
    await dead_letters.retry(mall, delivery_id)
    found = await dead_letters.delivery(delivery_id)
    if found is None:
        raise NotFound("There is no such delivery.", code="dead_letter_not_found")
    return _view(mall.now(), found)


def _view(now: datetime, letter: DeadLetter) -> DeadLetterView:
    return DeadLetterView(**asdict(letter), age=int((now - letter.created_at).total_seconds()))


ROUTES: Sequence[ControllerRouterHandler] = (mall_dead_letters, retry_dead_letter)
