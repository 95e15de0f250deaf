"""A plugin's rows as JSON lines, `{"table": ..., "row": ...}`, streamed, so that any number of them fits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, BinaryIO

import msgspec

from ..errors import GalleriaError
from ..mall import Mall
from ..plugins.metadata import Plugin
from ..storage import db
from .footprint import recipients, tables_of

UNDELIVERED = "recipient = ANY ($1::text[]) AND state <> 'done'"

OF_CORE: Mapping[str, str] = {
    "plugin_state": "plugin = $1",
    "plugin_state_change": "plugin = $1",
    "plugin_rules": "plugin = $1",
    "plugin_incident": "plugin = $1",
    "cart_ask": "plugin = $1",
    "order_participant": "plugin = $1",
    "order_block": "starts_with(name, $1 || ':')",
    "outbox_delivery": UNDELIVERED,
}
"""Core's rows about a plugin: its states with settings, their history, and what waits for it."""


class ExportFailed(GalleriaError):
    """The file could not be written."""


def argument(table: str, plugin: str) -> Any:
    """What the condition on one of core's tables compares with."""
    return recipients(plugin) if OF_CORE[table] == UNDELIVERED else plugin


async def export(mall: Mall, plugin: Plugin, out: BinaryIO) -> int:
    """Write every row in the open transaction; return how many. The first line says what it is.

    Raises ExportFailed.
    """
    count = 0
    try:
        _write(out, {"plugin": plugin.name, "version": plugin.version, "exported_at": mall.now()})
        async for table, row in _rows(mall, plugin):
            _write(out, {"table": table, "row": row})
            count += 1
        out.flush()
    except OSError as error:
        raise ExportFailed(f"The export cannot be written: {error.strerror or error}") from error
    return count


async def _rows(mall: Mall, plugin: Plugin) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    for table in tables_of(mall, plugin):
        async for row in _stream(table):
            yield table, row
    for table, condition in OF_CORE.items():
        async for row in _stream(table, condition, argument(table, plugin.name)):
            yield table, row


async def _stream(table: str, condition: str = "true", *arguments: Any) -> AsyncIterator[dict[str, Any]]:
    sql = f'SELECT * FROM "{table}" WHERE {condition}'  # noqa: S608  names from here, and those that the start has checked
    async with db.connection() as link:
        async for record in link.cursor(sql, *arguments):
            yield dict(record)


def _write(out: BinaryIO, line: Mapping[str, Any]) -> None:
    out.write(msgspec.json.encode(line, enc_hook=str) + b"\n")
