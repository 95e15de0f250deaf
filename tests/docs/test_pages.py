"""What the pages say is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

import click
from galleria.core.cli.commands import main
from galleria.core.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def _commands(group=main, prefix=""):
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def test_every_setting_is_documented_and_no_other():
    """The table of docs/operations.md has each field of Settings, and nothing that does not exist."""
    documented = set(re.findall(r"`GALLERIA_([A-Z_]+)`", OPERATIONS))
    plugins = {name for name in documented if name.startswith("SANDBOX_PAY_")}
    assert documented - plugins - {"OPERATOR_PASSWORD"} == {name.upper() for name in Settings.__struct_fields__}


def test_every_command_is_documented():
    """The table of commands has each command of the command line."""
    assert [name for name in _commands() if f"`galleria {name}" not in OPERATIONS] == []


def test_make_targets_named_in_the_readme_exist():
    """A newcomer who follows the README finds every target."""
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)", README))
    assert named
    assert named <= made


def test_links_of_the_pages_lead_somewhere():
    """Relative links in the README and in docs/ name files that are there."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.name}: {link}"
        for page in pages
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_places_named_in_the_readme_exist():
    """The table of where things are names paths that are there."""
    places = re.findall(r"^\| `([^`]+)`", README, re.MULTILINE)
    assert len(places) >= 6
    assert [place for place in places if "<" not in place and not (ROOT / place.split("`")[0]).exists()] == []
