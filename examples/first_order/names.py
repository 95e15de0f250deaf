"""Names for what is different in each run, so that the page is the same for each."""

from __future__ import annotations

import re

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
MALL = "http://127.0.0.1:8000"


class Names:
    """Values with the names that stand for them on the page."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def name(self, value: str, name: str) -> str:
        """Have `<name>` stand for a value from here on; return the value."""
        self._names[value] = f"<{name}>"
        return value

    def replaced(self, text: str) -> str:
        """Replace named values, then all other ids, times, and the server's address."""
        for value, name in self._names.items():
            text = text.replace(value, name)
        text = _UUID.sub("<id>", text)
        text = _TIME.sub("<time>", text)
        return _ADDRESS.sub(MALL, text)
