"""`python -m galleria.examples.first_order`: do everything that docs/first-order.md tells, and print the page."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import httpx

from ...app import build_mall
from ...core.plugins.metadata import discover
from ...core.settings import Settings
from ...core.storage import db, migrations
from ..replay import mall
from . import story, venv
from .names import Names
from .page import Page

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "first-order.md"
NEW = "retail_replay"
_TIMEOUT = 30


@click.command()
@click.option("--write", is_flag=True, help="Write docs/first-order.md instead of printing it.")
def main(write: bool) -> None:
    """Install the example into a new environment, buy with it, and tell it as a page."""
    text = tell()
    if write:
        PAGE.write_text(text, encoding="utf-8")
    else:
        print(text, end="")


def tell() -> str:
    """Return the page, after doing what it tells on engines, and in an environment, of its own."""
    with tempfile.TemporaryDirectory(prefix="galleria-first-order-") as folder, mall.engines_running() as settings:
        programs = venv.make(Path(folder) / "venv")
        place = _checkout(Path(folder) / "checkout")
        shell = venv.Shell(programs, place, mall.environment(settings))
        asyncio.run(_existing(settings))
        names = Names()
        page = Page(shell, names)
        story.install(page)
        with mall.served(settings, workers=1, command=(str(programs / "galleria"), "serve")) as url:
            _trade(page, names, url)
        return page.text()


async def _existing(settings: Settings) -> None:
    """Migrate what was there before the plugin, also where its distribution is installed already."""
    build_mall(settings, plugins=[plugin for plugin in discover() if plugin.name != NEW])
    engine = db.engine()
    engine.bind(settings.database_url)
    await engine.start(2)
    try:
        await migrations.migrate()
    finally:
        await engine.stop()


def _trade(page: Page, names: Names, url: str) -> None:
    with (
        httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False, headers={"Accept-Language": "en"}) as operator,
        httpx.Client(base_url=url, timeout=_TIMEOUT, trust_env=False, headers={"Accept-Language": "en"}) as shopper,
    ):
        story.open_store(page, names, operator)
        sku = story.switch_on(page, names, operator)
        story.buy(page, names, shopper, sku)
        story.buy_again(page, operator, shopper, sku)


def _checkout(folder: Path) -> Path:
    """A folder that looks like the checkout, with the catalog beside it."""
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    (folder / "goods.csv").write_text(story.GOODS + "\n", encoding="utf-8")
    return folder


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(f"{error.cmd}: {error.stdout}")
