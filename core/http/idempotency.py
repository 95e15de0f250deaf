"""`Idempotency-Key`: a creating request that is repeated gets the first answer and creates nothing again.

The key's row is written in the same transaction as the effect, so that after a crash both or neither are
there. A refusal stores nothing: the corrected request may use the same key. Keys are scoped by caller,
method and path.
"""

from __future__ import annotations

import hashlib
import hmac
import inspect
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import msgspec
from litestar import Request, Response
from msgspec import Struct

from ..errors import Invalid, Problem
from ..ids import new_id
from ..mall import Mall
from ..storage import db
from .caller import Caller

P = ParamSpec("P")
T = TypeVar("T")

KEPT = timedelta(days=7)
SHORTEST_ANONYMOUS = 16


class KeyRequired(Problem):
    status = 400
    code = "idempotency_key_required"
    title = "Send an Idempotency-Key header: up to 200 characters, 16 at least from an anonymous caller"


class Slot(Struct, frozen=True):
    """The identity of one creating request."""

    scope: bytes
    key: str
    body_hash: bytes


class Stored(Struct, frozen=True):
    """An answer that was given before."""

    body_hash: bytes
    status: int
    answer: Any


async def slot_of(request: Request[Any, Any, Any], caller: Caller) -> Slot:
    """Raises KeyRequired when the header is missing, too long, or so short that strangers may choose the same."""
    key = request.headers.get("idempotency-key", "")
    if not (1 if caller.account_id else SHORTEST_ANONYMOUS) <= len(key) <= 200:
        raise KeyRequired
    scope = f"{caller.scope}\n{request.method}\n{request.url.path}"
    mall: Mall = request.app.state.mall
    return Slot(_digest(mall, scope.encode()), key, _digest(mall, await request.body()))


@db.atomic
async def once(
    slot: Slot, work: Callable[[], Awaitable[Any]], now: datetime, status: int = 201
) -> tuple[int, Any, bool]:
    """Run `work` in a transaction unless its key has an answer: (status, answer as JSON values, replayed).

    Raises Invalid (`idempotency_key_reused`) when the key was used with another body. A request that is
    being worked on with the same key is waited for.
    """
    taken = await db.fetch_value(
        "INSERT INTO idempotency_record (id, scope, key, body_hash, created_at) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (scope, key) DO NOTHING RETURNING id",
        new_id(), slot.scope, slot.key, slot.body_hash, now,
    )  # fmt: skip
    if taken is None:
        taken, stored = await _taken_over(slot)
        if stored is not None:
            return stored.status, stored.answer, True
    answer = msgspec.to_builtins(await work())
    text = msgspec.json.encode(answer).decode()
    await db.execute("UPDATE idempotency_record SET status = $2, answer = $3 WHERE id = $1", taken, status, text)
    return status, answer, False


async def _taken_over(slot: Slot) -> tuple[Any, Stored | None]:
    """The answer under a key that exists, or, where its request left none, the row for this one to go on with.

    A row without an answer is left only by foreign code that has committed in the middle of a request.
    """
    left = await db.fetch_value(
        "UPDATE idempotency_record SET body_hash = $3 WHERE scope = $1 AND key = $2 AND status IS NULL RETURNING id",
        slot.scope, slot.key, slot.body_hash,
    )  # fmt: skip
    return left, None if left is not None else await _stored(slot)


async def recall(slot: Slot) -> tuple[int, Any] | None:
    """The answer that was given to this request before, without waiting for one that is being worked on.

    For handlers that prepare outside the transaction. Raises Invalid (`idempotency_key_reused`).
    """
    sql = "SELECT 1 FROM idempotency_record WHERE scope = $1 AND key = $2 AND status IS NOT NULL"
    known = await db.fetch_value(sql, slot.scope, slot.key)
    if known is None:
        return None
    stored = await _stored(slot)
    return stored.status, stored.answer


async def _stored(slot: Slot) -> Stored:
    found = await db.row(
        Stored,
        "SELECT body_hash, status, answer FROM idempotency_record WHERE scope = $1 AND key = $2",
        slot.scope,
        slot.key,
    )
    if found is None or found.body_hash != slot.body_hash:
        raise Invalid("This Idempotency-Key was used with another request body.", code="idempotency_key_reused")
    return found


def idempotent(handler: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Make a creating POST handler idempotent: put it below Litestar's decorator.

    The handler takes `request`, `caller` and `mall`, and runs inside the transaction: no provider is called there.
    """
    missing = {"request", "caller", "mall"} - set(inspect.signature(handler).parameters)
    if missing:
        raise TypeError(f"an idempotent handler takes {', '.join(sorted(missing))}")

    @wraps(handler)
    async def within(*args: P.args, **kwargs: P.kwargs) -> Any:
        mall: Mall = kwargs["mall"]  # type: ignore[assignment]  # checked above
        slot = await slot_of(kwargs["request"], kwargs["caller"])  # type: ignore[arg-type]  # checked above
        status, answer, replayed = await once(slot, lambda: handler(*args, **kwargs), mall.now())
        return replay(status, answer) if replayed else Response(answer, status_code=status)

    return within


def replay(status: int, answer: Any) -> Response[Any]:
    """A stored answer, marked as such."""
    return Response(answer, status_code=status, headers={"Idempotency-Replayed": "true"})


async def purge(now: datetime) -> int:
    """Forget answers older than KEPT; return how many."""
    return await db.execute("DELETE FROM idempotency_record WHERE created_at < $1", now - KEPT)


def _digest(mall: Mall, data: bytes) -> bytes:
    """Keyed, since a body may hold a password that a plain digest would let be guessed."""
    return hmac.digest(mall.settings.secret.encode(), data, hashlib.sha256)
