"""What plugins keep in a process: values by key, each good for one revision, the least used forgotten first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any


class Memory:
    """At most `size` values. A value of an older revision is loaded anew."""

    def __init__(self, size: int = 10_000) -> None:
        self._size = size
        self._kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()

    async def get(self, key: Hashable, revision: int, load: Callable[[], Awaitable[Any]]) -> Any:
        """The kept value, or what `load` returns now. What a failing `load` raises is kept nowhere."""
        kept = self._kept.get(key)
        if kept is not None and kept[0] == revision:
            self._kept.move_to_end(key)
            return kept[1]
        value = await load()
        self._keep(key, revision, value)
        return value

    def _keep(self, key: Hashable, revision: int, value: Any) -> None:
        """A slow load never replaces what a later one has brought."""
        kept = self._kept.get(key)
        if kept is None or kept[0] <= revision:
            self._kept[key] = (revision, value)
            self._kept.move_to_end(key)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
