"""The page docs/first-order.md tells what happens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from galleria.examples.first_order.names import Names
from galleria.examples.first_order.page import kept, layout

PAGE = Path(__file__).parents[2] / "docs" / "first-order.md"


@pytest.mark.timeout(600)
def test_the_page_is_what_happens():
    """Everything on the page is done again, from pip to the paid order, and reads the same."""
    command = [sys.executable, "-m", "galleria.examples.first_order"]
    told = subprocess.run(command, check=False, capture_output=True, text=True, timeout=500)
    assert told.returncode == 0, told.stderr
    assert told.stdout == PAGE.read_text(), (
        "Run `python -m galleria.examples.first_order --write`, and read what it says."
    )


def test_what_differs_in_each_run_has_a_name():
    """Named values, other ids, times and the server's address are replaced; amounts and codes are not."""
    names = Names()
    names.name("01a20d83-a8fb-74cf-9bed-5f5536871c4c", "sku")
    text = "01a20d83-a8fb-74cf-9bed-5f5536871c4c 01a20d83-a8fb-74cf-9bed-5f5536871c4d 2026-11-24T12:24:22.5Z r-17 740"
    assert names.replaced(text) == "<sku> <id> <time> r-17 740"
    assert names.replaced("http://127.0.0.1:51234/api") == "http://127.0.0.1:8000/api"


def test_answers_are_shortened_to_what_is_named():
    """Members of members, also in lists, in the order in which they are named; the rest is left out."""
    found = {"a": 1, "b": {"c": 2, "d": 3}, "e": [{"f": 4, "g": 5}]}
    assert kept(found, ("e.g", "b.c")) == {"e": [{"g": 5}], "b": {"c": 2}}


def test_json_is_broken_where_it_is_too_long():
    """What fits stays on one line."""
    assert layout({"a": [1, 2]}) == '{"a": [1, 2]}'
    assert layout({"a": ["x" * 60, "y" * 60]}) == '{\n  "a": [\n    "' + "x" * 60 + '",\n    "' + "y" * 60 + '"\n  ]\n}'
