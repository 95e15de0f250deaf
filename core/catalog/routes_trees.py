"""Brands and categories, for the operator of the mall and for a store's staff."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from ..http.access import OPERATOR, staff
from ..http.caller import Caller
from ..http.idempotency import idempotent
from ..http.schemas import Page
from ..mall import Mall
from ..stores.queries import StoreRow
from . import brands, categories
from .brands import BrandRow
from .schemas import BrandChanges, CategoryChanges, NewBrand, NewCategory, given
from .trees import CategoryRow

WRITE = staff("catalog.write")

AnyRequest = Request[Any, Any, Any]

_PLATFORM = "/api/mall/categories"
_OWN = "/api/stores/{store_ref:str}/staff/categories"


@post("/api/mall/brands", access=OPERATOR, tags=["mall"])
@idempotent
async def create_brand(
    request: AnyRequest,
    data: JSONBody[NewBrand],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
) -> BrandRow:
    """Add a brand. 409 `slug_taken`; 422 `invalid_slug`."""
    return await brands.create(mall, **given(data))


@patch("/api/mall/brands/{brand_id:uuid}", access=OPERATOR, tags=["mall"])
async def edit_brand(brand_id: FromPath[UUID], data: JSONBody[BrandChanges]) -> BrandRow:
    """Set the fields that are sent. 409 `slug_taken`; 422 `invalid_slug`."""
    return await brands.edit(brand_id, **given(data))


@get(_PLATFORM, access=OPERATOR, tags=["mall"])
async def list_platform_categories() -> Page[CategoryRow]:
    """Every node of the platform's tree, in every language."""
    return Page(items=await categories.tree(None))


@post(_PLATFORM, access=OPERATOR, tags=["mall"])
@idempotent
async def create_platform_category(
    request: AnyRequest,
    data: JSONBody[NewCategory],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
) -> CategoryRow:
    """Add a node to the platform's tree. 409 `slug_taken`, `category_too_deep`; 404 for the parent."""
    return await categories.create(mall, None, **given(data))


@patch(_PLATFORM + "/{category_id:uuid}", access=OPERATOR, tags=["mall"])
async def edit_platform_category(category_id: FromPath[UUID], data: JSONBody[CategoryChanges]) -> CategoryRow:
    """Rename, order or move a node. 409 `category_cycle`, `category_too_deep`, `slug_taken`."""
    return await categories.edit(None, category_id, **given(data))


@delete(_PLATFORM + "/{category_id:uuid}", access=OPERATOR, tags=["mall"])
async def delete_platform_category(category_id: FromPath[UUID]) -> None:
    """Remove a node. 409 `category_not_empty`."""
    await categories.delete(None, category_id)


@get(_OWN, access=WRITE, tags=["staff catalog"])
async def list_own_categories(store: NamedDependency[StoreRow]) -> Page[CategoryRow]:
    """Every node of the store's tree, in every language."""
    return Page(items=await categories.tree(store.id))


@post(_OWN, access=WRITE, tags=["staff catalog"])
@idempotent
async def create_own_category(
    request: AnyRequest,
    data: JSONBody[NewCategory],
    mall: NamedDependency[Mall],
    caller: NamedDependency[Caller],
    store: NamedDependency[StoreRow],
) -> CategoryRow:
    """Add a node to the store's tree. 409 `slug_taken`, `category_too_deep`; 404 for the parent."""
    return await categories.create(mall, store.id, **given(data))


@patch(_OWN + "/{category_id:uuid}", access=WRITE, tags=["staff catalog"])
async def edit_own_category(
    category_id: FromPath[UUID], data: JSONBody[CategoryChanges], store: NamedDependency[StoreRow]
) -> CategoryRow:
    """Rename, order or move a node. 409 `category_cycle`, `category_too_deep`, `slug_taken`."""
    return await categories.edit(store.id, category_id, **given(data))


@delete(_OWN + "/{category_id:uuid}", access=WRITE, tags=["staff catalog"])
async def delete_own_category(category_id: FromPath[UUID], store: NamedDependency[StoreRow]) -> None:
    """Remove a node. 409 `category_not_empty`."""
    await categories.delete(store.id, category_id)


ROUTES = (
    create_brand,
    edit_brand,
    list_platform_categories,
    create_platform_category,
    edit_platform_category,
    delete_platform_category,
    list_own_categories,
    create_own_category,
    edit_own_category,
    delete_own_category,
)
