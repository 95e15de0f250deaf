"""The page on writing a plugin is carried out from top to bottom."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import pytest
from galleria.core.storage import db
from galleria.core.testing.conformance import CHECKS

PAGE = Path(__file__).parents[2] / "docs" / "write-a-plugin.md"
BLOCK = re.compile(r"(?:^`(?P<path>[\w./-]+)`:\n\n)?^```(?P<kind>\w*)\n(?P<text>.*?)^```", re.DOTALL | re.MULTILINE)
INSTALLING = 'exec {python} -m pip "$@" --quiet --no-deps --no-build-isolation --no-index --target {site}\n'
RUNNING = 'exec {python} -m {module} "$@"\n'


@pytest.fixture
async def terminal(mall, tmp_path):
    """A folder, and an environment in which what is installed lands in it; the database is a new one."""
    name = f"page_{uuid4().hex[:12]}"
    await db.execute(f"CREATE DATABASE {name}")
    site, programs = tmp_path / "site", tmp_path / "bin"
    programs.mkdir()
    for program, text in {
        "pip": INSTALLING.format(python=sys.executable, site=site),
        "galleria": RUNNING.format(python=sys.executable, module="galleria"),
        "pytest": RUNNING.format(python=sys.executable, module="pytest"),
    }.items():
        (programs / program).write_text(f"#!/bin/sh\n{text}")
        (programs / program).chmod(0o755)
    yield {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": f"{site}:{tmp_path / 'galleria-first-order'}",
        "GALLERIA_DATABASE_URL": urlunsplit(urlsplit(mall.settings.database_url)._replace(path=f"/{name}")),
        "GALLERIA_REDIS_URL": mall.settings.redis_url,
    }
    await db.execute(f"DROP DATABASE {name} WITH (FORCE)")


async def run(commands: str, folder: Path, environment: dict[str, str]) -> tuple[str, Path]:
    """Run them in one shell that ends at the first failure; return what they said, and the folder they ended in."""
    process = await asyncio.create_subprocess_exec(
        "sh", "-ec", f"{commands}\npwd",
        cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said = (await process.communicate())[0].decode()
    assert process.returncode == 0, f"{commands}\n{said}"
    return said, Path(said.splitlines()[-1])


def blocks():
    return [match.groupdict() for match in BLOCK.finditer(PAGE.read_text())]


async def carried_out(folder: Path, environment: dict[str, str], *commands: str) -> tuple[str, Path]:
    """Write the page's files where it says, and run what begins with one of these; what was said, and the folder."""
    everything = ""
    for block in blocks():
        if block["path"]:
            (folder / block["path"]).write_text(block["text"])
        elif block["text"].startswith(commands):
            said, folder = await run(block["text"], folder, environment)
            everything += said
    return everything, folder


@pytest.mark.timeout(600)
async def test_the_page_works_from_top_to_bottom(terminal, tmp_path):
    """Files are written where the page says, commands are run, and the page's own tests pass."""
    said, _ = await carried_out(tmp_path, terminal, "")
    assert re.search(r"^16 passed", said, re.MULTILINE)
    assert "first_order is on." in said


@pytest.mark.soak
async def test_the_tests_of_the_page_fail_without_its_guards(terminal, tmp_path):
    """Without what the page says of claims and of stores, its race test fails, and so does the kit."""
    _, folder = await carried_out(tmp_path, terminal, "mkdir", "pip")
    package = folder / "galleria_first_order"
    change(package / "plugin.py", "return rules.refusals(orders, taken, ctx.locale)", "return {}")
    change(package / "queries.py", "WHERE store_id = $1 AND order_id = $2", "WHERE order_id = $2 OR $1::uuid IS NULL")
    said, _ = await run("pytest -q -k 'at_once or statements' || true", folder, terminal)
    failed = set(re.findall(r"^FAILED \S+::(\S+)", said, re.MULTILINE))
    assert failed == {"test_two_orders_at_once_are_not_both_the_first", "test_conformance[statements]"}, said


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))


def test_every_check_of_the_kit_is_explained():
    """The page's table has each check of the kit, and no other."""
    assert re.findall(r"^\| `(\w+)` \|", PAGE.read_text(), re.MULTILINE) == list(CHECKS)


def test_every_block_is_a_file_or_commands():
    """No block is there only to be read; the test above would leave it out."""
    assert {block["kind"] for block in blocks() if not block["path"]} == {"sh"}
    assert len([block for block in blocks() if block["path"]]) >= 9
