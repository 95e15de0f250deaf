"""A page in the making: words, commands with what they say, calls with their answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from .names import Names
from .venv import Shell

_WIDE = 110
"""Characters up to which JSON stays on one line."""


class Refused(Exception):
    """A call was not answered as the page tells it."""


class Page:
    """Does what it tells: each command is run, each call is made, and the answers are written down."""

    def __init__(self, shell: Shell, names: Names) -> None:
        self._shell = shell
        self._names = names
        self._parts: list[str] = []

    def say(self, text: str) -> None:
        self._parts.append(text)

    def show(self, text: str, kind: str = "") -> None:
        """A block of code."""
        self.say(f"```{kind}\n{self._names.replaced(text)}\n```")

    def run(self, command: str, *, last: bool = False) -> None:
        """Run a command and write down what it says, or the last line of that."""
        said = self._shell.run(command)
        self.show(f"$ {command}\n{said.splitlines()[-1] if last else said}", "console")

    def call(
        self,
        http: httpx.Client,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        keep: Sequence[str] = (),
        naming: Callable[[Any], Mapping[str, str]] = lambda _: {},
    ) -> Any:
        """Make a call, write it down with its answer, or with what `keep` names of that, and return the answer.

        `naming` says which values of the answer have which names. Raises Refused when the answer is an error.
        """
        sent = dict(headers or {})
        answer = http.request(method, path, headers=sent, json=body)
        if answer.is_error:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text}")
        found = answer.json()
        for value, name in naming(found).items():
            self._names.name(value, name)
        lines = [f"{method} {path}", *(f"{name}: {value}" for name, value in _shown(http, sent).items())]
        self.show("\n".join([*lines, *(["", self._json(body)] if body is not None else [])]), "http")
        self.say(f"{answer.status_code}:")
        self.show(self._json(kept(found, keep) if keep else found), "json")
        return found

    def _json(self, value: Any) -> str:
        return layout(json.loads(self._names.replaced(json.dumps(value))))

    def text(self) -> str:
        return "\n\n".join(self._parts) + "\n"


def _shown(http: httpx.Client, sent: Mapping[str, str]) -> dict[str, str]:
    who = http.headers.get("authorization")
    return {**({"Authorization": who} if who else {}), **sent}


def kept(found: Any, names: Sequence[str]) -> Any:
    """Return the members of an object, or of each object of a list, that are named: `totals.total`, `orders.state`."""
    if isinstance(found, list):
        return [kept(each, names) for each in found]
    wanted: dict[str, list[str]] = {}
    for name in names:
        first, _, rest = name.partition(".")
        wanted.setdefault(first, []).extend([rest] if rest else [])
    return {first: kept(found[first], rests) if rests else found[first] for first, rests in wanted.items()}


def layout(value: Any, before: str = "") -> str:
    """Return JSON in which whatever fits stays on one line."""
    line = json.dumps(value, ensure_ascii=False)
    if len(before) + len(line) <= _WIDE or not isinstance(value, dict | list):
        return line
    inside = before + "  "
    if isinstance(value, list):
        items, ends = [layout(item, inside) for item in value], "[]"
    else:
        items, ends = [f"{json.dumps(name)}: {layout(item, inside)}" for name, item in value.items()], "{}"
    return f"{ends[0]}\n{inside}" + f",\n{inside}".join(items) + f"\n{before}{ends[1]}"
