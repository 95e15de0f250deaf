"""Uninstalling a plugin: looking at what there is of it, writing that out, and removing it, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from ..errors import Conflict
from ..mall import Mall
from ..plugins.counting import count
from ..plugins.depending import PluginNeeded
from ..plugins.metadata import Plugin
from ..storage import db, migrations
from .exporting import OF_CORE, argument, export
from .footprint import Footprint, footprint, tables_of

KEPT = frozenset({"plugin_state_change"})
"""Core's rows about a plugin that stay: the history of what was on when."""


class PluginInUse(Conflict):
    """It is on or draining somewhere."""

    code = "plugin_in_use"
    title = "Switch the plugin off everywhere first"


class PluginAwaited(Conflict):
    """Something that is not finished waits for it."""

    code = "plugin_awaited"
    title = "Something waits for this plugin"


async def look(mall: Mall, name: str, out: BinaryIO | None = None) -> Footprint:
    """What uninstalling would touch, written to `out` too, as it is at one moment. Raises PluginNotFound."""
    plugin = mall.plugins.states.plugin(name)
    async with db.transaction() as opened:
        await opened.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if out:
            await export(mall, plugin, out)
        return await footprint(mall, plugin)


async def uninstall(mall: Mall, name: str, out: BinaryIO | None = None, *, force: bool = False) -> Footprint:
    """Write the plugin's rows to `out`, then drop its tables and remove what is about it; return what there was.

    Orders that it has priced stay as they are. With `force`, what waits for it is given up. Raises PluginNotFound,
    PluginInUse, PluginNeeded, PluginAwaited, ExportFailed, and StartupError where its tables cannot be taken back.
    """
    plugin = mall.plugins.states.plugin(name)
    _require_alone(mall, plugin)
    async with migrations.locked(), db.transaction():
        found = await _uninstall(mall, plugin, out, force)
    await mall.plugins.states.forget()
    return found


async def _uninstall(mall: Mall, plugin: Plugin, out: BinaryIO | None, force: bool) -> Footprint:
    for table in tables_of(mall, plugin):  # before the count, as whoever changes rules takes them
        await db.execute(f'LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE')
    await count(None)  # held until the commit, so that nobody switches it on beside this
    found = await footprint(mall, plugin)
    if found.not_off:
        raise PluginInUse(f"{plugin.name} is not off everywhere. Switch it to draining, then off, in each place.")
    if found.waiting() and not force:
        raise PluginAwaited(f"Wait for the end of what is under way, or lose by --force: {'; '.join(found.waiting())}.")
    if out:
        await export(mall, plugin, out)
    if plugin.name in mall.plugins.apps:
        await migrations.take_back(plugin.name)
    for table in sorted(OF_CORE.keys() - KEPT):
        await db.execute(f"DELETE FROM {table} WHERE {OF_CORE[table]}", argument(table, plugin.name))  # noqa: S608
    for place in sorted({one.store_id for one in found.standings if one.store_id is not None}):
        await count(place)
    return found


def _require_alone(mall: Mall, plugin: Plugin) -> None:
    """Raises PluginNeeded while another installed plugin could not even be loaded without it."""
    needing = sorted(one.name for one in mall.plugins.plugins if plugin.name in one.info.depends)
    if needing:
        raise PluginNeeded(f"{', '.join(needing)} cannot be loaded without {plugin.name}. Uninstall that first.")


async def run(mall: Mall, name: str, path: Path | None, *, dry: bool, force: bool) -> None:
    """The command's work, told to whoever runs it."""
    with _written(path) as out:
        found = await (look(mall, name, out) if dry else uninstall(mall, name, out, force=force))
    for line in found.lines():
        click.echo(line)
    for lost in found.waiting():
        click.echo(f"{'would be lost' if dry else 'lost'}: {lost}")
    if path:
        click.echo(f"Its rows are in {path}.")
    if not dry:
        click.echo(f"{name} is uninstalled. Remove its package, or the next `galleria migrate` installs it anew.")


@contextmanager
def _written(path: Path | None) -> Iterator[BinaryIO | None]:
    """The file, which must be new. It is gone again when nothing was removed."""
    if path is None:
        yield None
        return
    try:
        out = path.open("xb")
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be made: {error.strerror}") from error
    try:
        with out:
            yield out
    except BaseException:
        path.unlink()
        raise
