"""Calls to try: a shopper of the demo buys something, from signing in to the paid order, in POSIX sh with curl."""

from __future__ import annotations

import shlex
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from msgspec import json

from .reading import mall_data


def calls(base_url: str, *, shopper: str | None = None, password: str | None = None) -> str:
    """The script, to be saved or pasted. It can be run any number of times; `base_url` is where the mall serves.

    Without `shopper` (an e-mail address) and `password` it is the demo's first one who buys.
    """
    data = mall_data()
    credentials = {"identifier": shopper or data.shoppers[0].email, "password": password or data.password}
    template = files(__package__).joinpath("templates", "buy.sh.jinja").read_text("utf-8")
    return _environment().from_string(template).render(base_url=base_url.rstrip("/"), credentials=credentials)


def _environment() -> Environment:
    # What is rendered is a shell script: each value passes through a filter that quotes it for the shell.
    environment = Environment(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)  # noqa: S701
    environment.filters["sh"] = shlex.quote
    environment.filters["json"] = lambda value: json.encode(value).decode()
    return environment
