"""PostgreSQL and Valkey from their wheels, below one data folder, for whoever names no servers of their own."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from ...errors import StartupError
from .lock import Users, exclusive
from .postgres import EmbeddedPostgres
from .valkey import EmbeddedValkey

__all__ = ["Addresses", "Embedded"]


@dataclass(frozen=True)
class Addresses:
    """Where the engines listen; an engine that was not asked for has an empty URL."""

    database_url: str
    redis_url: str


class Embedded:
    """Both engines of one data folder, as a context manager.

    Several processes may use a folder: the first to start it starts the servers, the others share
    them, and the last to stop ends them. A user that is killed counts no more, and what it left
    is taken over or ended by the next start. `fsync=False` is for data that a power cut may take.
    """

    def __init__(self, data: Path, *, fsync: bool = True, database: str = "galleria") -> None:
        self._data = data.expanduser().resolve()
        self._fsync = fsync
        self._database = database
        self._users = Users(self._data / ".users")

    def start(self, *, postgres: bool = True, redis: bool = True) -> Addresses:
        """Start what does not run yet, and return the addresses. May be called again, also to heal.

        Raises StartupError, which says what to do, when an engine cannot be started.
        """
        self._make_folder()
        with exclusive(self._data / ".lock"):
            alone = self._users.join()
            database_url = self._postgres().start() if postgres else ""
            redis_url = self._valkey().start(alone=alone) if redis else ""
        return Addresses(database_url, redis_url)

    def stop(self) -> None:
        """End the servers of this folder, unless another process uses them still."""
        self._leave(erase=False)

    def discard(self) -> None:
        """Stop, and remove the data with its folder, unless another process uses them still."""
        self._leave(erase=True)

    def _leave(self, *, erase: bool) -> None:
        if not self._data.exists():
            return
        with exclusive(self._data / ".lock"):
            if not self._users.leave():
                return
            self._valkey().stop()
            if (self._data / "postgres").exists():
                self._stop_postgres(erase=erase)
            if erase:
                shutil.rmtree(self._data)

    def _stop_postgres(self, *, erase: bool) -> None:
        postgres = self._postgres()
        postgres.stop()
        if erase:
            postgres.erase()

    def __enter__(self) -> Addresses:
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _postgres(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self._data / "postgres", fsync=self._fsync, database=self._database)

    def _valkey(self) -> EmbeddedValkey:
        return EmbeddedValkey(self._data / "valkey")

    def _make_folder(self) -> None:
        """Make the data folder, and let PostgreSQL's account walk through it while nothing else is in there."""
        try:
            self._data.mkdir(parents=True, exist_ok=True)
            if os.geteuid() == 0 and not any(self._data.iterdir()):
                self._data.chmod(self._data.stat().st_mode | 0o011)
        except OSError as error:
            raise StartupError(f"The data folder {self._data} cannot be made: {error}") from error
