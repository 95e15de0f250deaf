"""How workers come up: a first one that cannot ends the server, with the reason, instead of being started anew."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from typing import Any

from ..errors import StartupError
from ..storage.guardian import watch_parent

PARENT_PID = "GALLERIA_PARENT_PID"
"""The variable by which a worker knows its parent."""

_LONGEST = 8000
"""Characters of a reason that are passed on: the last ones, since a traceback ends with the error."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Startup:
    """Made by the parent and shared with its workers."""

    def __init__(self) -> None:
        self._is_up = multiprocessing.Event()
        self._failures: multiprocessing.SimpleQueue[str] = multiprocessing.SimpleQueue()

    def load(self, target: str) -> Application:
        """In a worker: watch the parent, make the application, and watch over its lifespan's beginning."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        watch_parent(int(os.environ[PARENT_PID]))
        module, _, factory = target.partition(":")
        try:
            application: Application = getattr(import_module(module), factory)()
        except Exception as error:
            self._fail(_reason(error))
            raise
        return self._observed(application)

    def raise_failure(self) -> None:
        """In the parent: StartupError, with the first worker's reason, if the workers could not come up."""
        if not self._failures.empty():
            raise StartupError(self._failures.get())

    def _observed(self, application: Application) -> Application:
        def observed(scope: Message, receive: Receive, send: Send) -> Awaitable[None]:
            if scope["type"] == "lifespan":
                return self._lifespan(application, scope, receive, send)
            return application(scope, receive, send)

        return observed

    async def _lifespan(self, application: Application, scope: Message, receive: Receive, send: Send) -> None:
        failed = "lifespan.startup.failed"
        begun = False

        async def note(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "lifespan.startup.complete":
                self._is_up.set()
            elif message["type"] == failed:
                self._fail(message.get("message") or "The application did not start")
            await send(message)

        try:
            await application(scope, receive, note)
        except Exception as error:
            if not begun:
                await note({"type": failed, "message": _reason(error)})
            raise

    def _fail(self, reason: str) -> None:
        """Tell the parent to stop, unless the application was up already: then this worker is tried again."""
        parent = int(os.environ[PARENT_PID])
        if not self._is_up.is_set() and os.getppid() == parent:
            self._failures.put(reason[-_LONGEST:])
            os.kill(parent, signal.SIGTERM)


def _reason(error: Exception) -> str:
    if isinstance(error, StartupError):
        return str(error)
    return "".join(traceback.format_exception(error))
