"""Workers that stood still: whose code they were in, and the files by which the next worker learns of it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import FrameType

import msgspec
import psutil
import structlog
from msgspec import Struct

from ..mall import Mall
from ..plugins.metadata import Plugin
from . import incidents
from .failures import Failure

log = structlog.get_logger(__name__)

NOBODY = "core"
"""Whose fault it is where no plugin is to blame."""

Call = tuple[str, str]
"""The file and the function of a frame."""

_TRACED = re.compile(r'^  File "(?P<file>[^"]+)", line \d+ in (?P<function>.+)$', re.MULTILINE)
_LONGEST = 1800


class Stall(Struct, frozen=True, kw_only=True):
    """A loop that stood still for `seconds`: in which plugin's function, and the stack, the innermost call last."""

    plugin: str
    hook: str
    seconds: float
    stack: str
    at: datetime


def calls_of(frame: FrameType | None) -> Iterator[Call]:
    """The calls of a stack, the innermost first."""
    while frame is not None:
        yield frame.f_code.co_filename, frame.f_code.co_name
        frame = frame.f_back


def culprit(calls: Sequence[Call], plugins: Mapping[str, Plugin]) -> tuple[str, str] | None:
    """The plugin whose file is the innermost of the stack, and its function by which it was entered."""
    roots = {root: name for name, plugin in plugins.items() if (root := _root(plugin))}
    owners = [_owner(file, roots) for file, _ in calls]
    found = next((owner for owner in owners if owner), None)
    entered = [function for (_, function), owner in zip(calls, owners, strict=True) if owner == found]
    return (found, entered[-1]) if found else None


def _owner(file: str, roots: Mapping[str, str]) -> str | None:
    path = str(Path(file).resolve())
    return next((name for root, name in roots.items() if path == root or path.startswith(root + os.sep)), None)


def _root(plugin: Plugin) -> str:
    """The folder of the plugin's package, or its one file; '' for a plugin without files."""
    top = sys.modules.get(plugin.module.__name__.partition(".")[0], plugin.module)
    module = top if getattr(top, "__file__", None) else plugin.module
    file = getattr(module, "__file__", None)
    if not file:
        return ""
    path = Path(file).resolve()
    return str(path.parent if path.name in {"__init__.py", "plugin.py"} else path)


def folder_of(mall: Mall) -> Path:
    return mall.settings.data_path / "stalls"


def keep(stall: Stall, folder: Path) -> None:
    """Leave a file for `collect`, whole or not at all. Raises OSError."""
    path = folder / f"{os.getpid()}.json"
    draft = path.with_suffix(".draft")
    draft.write_bytes(msgspec.json.encode(stall))
    draft.replace(path)


async def collect(mall: Mall) -> int:
    """Write down the stalls of workers that ended, each once; return how many. A worker does so when it starts."""
    found = await asyncio.to_thread(lambda: list(_taken(mall)))
    for stall in found:
        error = f"The loop stood still for {stall.seconds:g} s.\n{stall.stack[-_LONGEST:]}"
        failure = Failure(plugin=stall.plugin, store_id=None, hook=stall.hook, outcome="stalled", error=error)
        await incidents.record(failure, stall.at)
    return len(found)


def _taken(mall: Mall) -> Iterator[Stall]:
    """Of two workers that start at once, only one takes a file: it is renamed before it is read."""
    readers: dict[str, Callable[[Mall, Path], Stall | None]] = {".json": _told, ".trace": _traced}
    for path in sorted(folder_of(mall).glob("*.*")):
        if path.suffix not in readers or (path.suffix == ".trace" and _lives(path.stem)):
            continue
        mine = path.with_suffix(f"{path.suffix}-{os.getpid()}")
        try:
            path.rename(mine)
            stall = readers[path.suffix](mall, mine)
            mine.unlink()
        except FileNotFoundError:
            continue
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("stall_not_read", path=str(path), error=str(error))
        else:
            if stall:
                yield stall


def _told(_: Mall, path: Path) -> Stall:
    return msgspec.json.decode(path.read_bytes(), type=Stall)


def _traced(mall: Mall, path: Path) -> Stall | None:
    """What was written without Python's help, since Python itself stood still; most of such files are empty."""
    text = path.read_text(errors="replace")
    if not text.strip():
        return None
    calls = [(match["file"], match["function"]) for match in _TRACED.finditer(text)]
    plugin, hook = culprit(calls, mall.plugins.states.plugins) or (NOBODY, "")
    limit = mall.settings.stall_limit
    return Stall(plugin=plugin, hook=hook[:80], seconds=limit, stack=text[:_LONGEST], at=mall.now())


def _lives(pid: str) -> bool:
    return pid.isdigit() and psutil.pid_exists(int(pid))
