"""The application in a server that is killed (SIGKILL, the worker and its parent) at a chosen commit.

The file named by CRASH_FILE says when: `before 3` is just before the third commit from now that has written something.
The lease of a call to a provider is cut short, since nobody wants to wait for it.
"""

from __future__ import annotations

import os
import signal
from datetime import timedelta
from pathlib import Path

from galleria.app import create_app as create
from galleria.core.payments import calls
from galleria.core.storage.engine import Engine, Transaction

VARIABLE = "GALLERIA_TEST_CRASH_FILE"
FIRED = "fired"


class Killing:
    """Stands for asyncpg's transaction and watches its commit."""

    def __init__(self, transaction, connection):
        self._transaction = transaction
        self._connection = connection

    async def rollback(self):
        await self._transaction.rollback()

    async def commit(self):
        wrote = await self._connection.fetchval("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
        if wrote:
            reach("before")
        await self._transaction.commit()
        if wrote:
            reach("after")


class CrashingTransaction(Transaction):
    async def __aenter__(self):
        entered = await super().__aenter__()
        if self.outermost:
            self.transaction = Killing(self.transaction, self.connection)
        return entered


def reach(point):
    """Count a boundary; at the chosen one, write that it was reached and die without a word."""
    path = Path(os.environ[VARIABLE])
    chosen, _, left = path.read_text().partition(" ")
    if chosen != point:
        return
    if int(left) > 1:
        path.write_text(f"{point} {int(left) - 1}")
        return
    path.write_text(FIRED)
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def create_app():
    calls.LEASE = timedelta(seconds=3)
    Engine.transaction = lambda self, allow_nested=True: CrashingTransaction(self, allow_nested)
    return create()
