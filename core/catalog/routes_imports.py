"""Importing and exporting a store's catalog as CSV."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from msgspec import Struct

from ..errors import Forbidden
from ..http import cursors
from ..http.access import staff
from ..http.caller import Caller
from ..http.idempotency import idempotent
from ..http.schemas import Page
from ..mall import Mall
from ..stores.parameters import Cursor, Limit
from ..stores.queries import StoreRow, membership
from . import imports
from .export import exported
from .imports import FaultRow, ImportRow

WRITE = staff("catalog.write")
ALSO_NEEDED = ("prices.write", "stock.write")
"""What a file changes beside the catalog."""

SHOWN_FAULTS = 100

AnyRequest = Request[Any, Any, Any]

_IMPORTS = "/api/stores/{store_ref:str}/staff/imports"


class FaultView(Struct, kw_only=True):
    """What is wrong with a row. Row 1 is the header; row 0 the file as a whole."""

    row: int
    column: str
    code: str
    detail: str


class ImportItem(Struct, kw_only=True):
    """An import: `queued`, `running`, then `done`, `rejected` (bad rows: nothing imported) or `failed`."""

    id: UUID
    state: str
    rows_total: int
    rows_done: int
    rows_bad: int
    skus_created: int
    skus_changed: int
    created_at: datetime
    updated_at: datetime


class ImportView(ImportItem, kw_only=True):
    """An import with the first lines of its report; the rest is at `/report`."""

    report: list[FaultView]


@post(_IMPORTS, access=WRITE, tags=["staff catalog"])
@idempotent
async def create_import(
    request: AnyRequest, mall: NamedDependency[Mall], caller: NamedDependency[Caller], store: NamedDependency[StoreRow]
) -> ImportItem:
    """Hand in a CSV file as the body, in UTF-8. It is worked on in the background, all rows or none.

    Needs catalog.write, prices.write and stock.write. Empty cells leave what there is.
    """
    await _require_all(store.id, caller)
    return _item(await imports.enqueue(mall, store.id, caller.account_id, await request.body()))


@get(_IMPORTS, access=WRITE, tags=["staff catalog"])
async def list_imports(
    store: NamedDependency[StoreRow], limit: Limit = cursors.DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[ImportItem]:
    """The store's imports, the newest first."""
    found = await imports.page(store.id, cursors.decode(cursor, UUID), limit)
    return cursors.page(found, limit, lambda row: row.id, _item)


@get(_IMPORTS + "/{import_id:uuid}", access=WRITE, tags=["staff catalog"])
async def get_import(import_id: FromPath[UUID], store: NamedDependency[StoreRow]) -> ImportView:
    """How far an import is, and the first 100 lines of its report."""
    item = _item(await imports.find(store.id, import_id))
    faults = await imports.report(store.id, import_id, None, SHOWN_FAULTS)
    same = {name: getattr(item, name) for name in item.__struct_fields__}
    return ImportView(**same, report=[_fault(fault) for fault in faults[:SHOWN_FAULTS]])


@get(_IMPORTS + "/{import_id:uuid}/report", access=WRITE, tags=["staff catalog"])
async def get_report(
    import_id: FromPath[UUID],
    store: NamedDependency[StoreRow],
    limit: Limit = cursors.MAX_LIMIT,
    cursor: Cursor = None,
) -> Page[FaultView]:
    """The whole report of an import, one line for each bad row."""
    await imports.find(store.id, import_id)
    found = await imports.report(store.id, import_id, cursors.decode(cursor, tuple[int, UUID]), limit)
    return cursors.page(found, limit, lambda row: (row.row, row.id), _fault)


@get("/api/stores/{store_ref:str}/staff/export", access=WRITE, media_type="text/csv", tags=["staff catalog"])
async def export_catalog(store: NamedDependency[StoreRow]) -> Stream:
    """The store's catalog as CSV, as the import takes it."""
    headers = {"Content-Disposition": f'attachment; filename="{store.slug}.csv"', "X-Content-Type-Options": "nosniff"}
    return Stream(exported(store), media_type="text/csv; charset=utf-8", headers=headers)


async def _require_all(store_id: UUID, caller: Caller) -> None:
    member = None if caller.is_operator else await membership(store_id, caller.shopper_id)
    for permission in ALSO_NEEDED:
        if member is not None and not member.allows(permission):
            raise Forbidden(f"A file sets prices and stock: you lack {permission}.", permission=permission)


def _item(row: ImportRow) -> ImportItem:
    return ImportItem(**{name: getattr(row, name) for name in ImportItem.__struct_fields__})


def _fault(row: FaultRow) -> FaultView:
    return FaultView(row=row.row, column=row.field, code=row.code, detail=row.detail)


ROUTES = (create_import, list_imports, get_import, get_report, export_catalog)
