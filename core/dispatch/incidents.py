"""Incidents: a plugin that was suspended somewhere, or that stopped a worker, written down for the operator."""

from __future__ import annotations

import asyncio
from contextvars import Context as Variables
from datetime import datetime

import structlog

from ..ids import new_id
from ..mall import Mall
from ..storage import db
from .failures import Failure

log = structlog.get_logger(__name__)

_WRITE = """
INSERT INTO plugin_incident (id, store_id, plugin, hook, kind, error, times, first_at, last_at)
VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)
ON CONFLICT (store_id, plugin, hook, kind)
DO UPDATE SET times = plugin_incident.times + 1, error = excluded.error, last_at = excluded.last_at
"""


def report(mall: Mall, failure: Failure) -> None:
    """Write it down soon, outside whatever transaction is open."""
    log.error("plugin_suspended", plugin=failure.plugin, store_id=str(failure.store_id), hook=failure.hook)
    task = asyncio.get_running_loop().create_task(_write(failure, mall.now()), context=Variables())
    mall.plugins.tasks.add(task)
    task.add_done_callback(mall.plugins.tasks.discard)


async def _write(failure: Failure, now: datetime) -> None:
    try:
        await record(failure, now)
    except Exception as error:  # the database may be away, which is another matter
        log.error("incident_not_written", plugin=failure.plugin, exc_info=error)


async def record(failure: Failure, now: datetime) -> None:
    """Count one more incident of this kind."""
    error = failure.error[:2000]
    row = (new_id(), failure.store_id, failure.plugin, failure.hook, failure.outcome, error, now)
    await db.execute(_WRITE, *row)
