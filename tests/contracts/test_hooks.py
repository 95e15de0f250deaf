"""The hooks, their documentation and their users agree."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from galleria import hookspecs
from galleria.core.plugins import metadata

ROOT = Path(hookspecs.__file__).resolve().parent
DOCS = (ROOT / "docs" / "hooks.md").read_text()


def _specs():
    return {name: item for name, item in vars(hookspecs).items() if inspect.isfunction(item) and hasattr(item, "kind")}


def test_every_hook_has_a_section_in_the_documentation():
    """docs/hooks.md has one section for each hook, and none for a hook that does not exist."""
    assert set(re.findall(r"^### `(\w+)`", DOCS, re.MULTILINE)) == set(_specs())


def test_every_hook_takes_the_context_first():
    """A hook's first argument is ctx."""
    assert all(next(iter(inspect.signature(item).parameters)) == "ctx" for item in _specs().values())


def test_every_hook_says_when_it_is_called_and_gives_an_example():
    """A hook's docstring has the moment of the call and an example."""
    for name, item in _specs().items():
        assert "Called" in (item.__doc__ or ""), name
        assert "Example:" in (item.__doc__ or ""), name


def test_every_hook_is_used_by_a_shipped_plugin():
    """No hook without a user."""
    used = {name for plugin in metadata.discover() for name in vars(plugin.module) if name in _specs()}
    assert used == set(_specs())


def test_core_never_names_a_plugin():
    """Not one line of core, nor the application, has the name of a shipped plugin."""
    names = [path.name for path in (ROOT / "plugins").iterdir() if (path / "pyproject.toml").exists()]
    assert names
    found = [
        (str(path.relative_to(ROOT)), name)
        for path in [*(ROOT / "core").rglob("*.py"), ROOT / "app.py"]
        for name in names
        if re.search(rf"\b{name}\b", path.read_text())
    ]
    assert not found
