"""Brands, categories, products (SPU) with their variants (SKU), and imports."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class Brand(Table, tablename="brand", tags=["mall"]):
    """A brand, sold in any number of stores."""

    id = UUID(primary_key=True, default=new_id)
    slug = Varchar(length=80)
    name = JSONB()
    story = JSONB()
    logo_url = Text(default="")
    position = Integer(default=0)
    created_at = Timestamptz()


class Category(Table, tablename="category", tags=["mall"]):
    """A node of the platform's tree (`store_id` null) or of a store's own."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    parent_id = UUID(null=True, default=None)
    slug = Varchar(length=80)
    name = JSONB()
    position = Integer(default=0)
    created_at = Timestamptz()


class Product(Table, tablename="product"):
    """An SPU: what a shopper sees as one thing. `options` names its axes: `[{"name": ..., "values": [...]}]`."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    code = Varchar(length=80)
    name = JSONB()
    description = JSONB()
    brand_id = UUID(null=True, default=None)
    category_id = UUID(null=True, default=None)
    store_category_ids = Array(base_column=UUID(), default=list)
    options = JSONB()
    image_urls = JSONB()
    extra = JSONB()
    state = Varchar(length=12, default="draft")
    min_price = BigInt(default=0)
    max_price = BigInt(default=0)
    sold = Integer(default=0)
    version = Integer(default=1)
    created_at = Timestamptz()
    updated_at = Timestamptz()
    on_sale_at = Timestamptz(null=True, default=None)


class Sku(Table, tablename="sku"):
    """A variant that can be bought. Amounts are minor units of the store's currency."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    product_id = UUID()
    code = Varchar(length=80)
    barcode = Varchar(length=40, default="")
    options = JSONB()
    price = BigInt()
    price_revision = Integer(default=1)
    minimum_price = BigInt(default=0)
    cost = BigInt(null=True, default=None)
    weight_grams = Integer(default=0)
    position = Integer(default=0)
    active = Boolean(default=True)
    created_at = Timestamptz()
    updated_at = Timestamptz()


class CatalogImport(Table, tablename="catalog_import"):
    """A file handed in by staff, worked on in the background: queued, running, done, rejected, failed."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    actor_id = UUID(null=True, default=None)
    state = Varchar(length=12, default="queued")
    attempts = Integer(default=0)
    rows_total = Integer(default=0)
    rows_done = Integer(default=0)
    rows_bad = Integer(default=0)
    skus_created = Integer(default=0)
    skus_changed = Integer(default=0)
    created_at = Timestamptz()
    updated_at = Timestamptz()


class CatalogImportPiece(Table, tablename="catalog_import_piece"):
    """A part of a file that is still to be imported. A lock on the first part is the right to work on the file."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    import_id = UUID()
    position = Integer()
    content = Bytea()


class CatalogImportFault(Table, tablename="catalog_import_fault"):
    """One line of an import's report: what is wrong with a row. Row 1 is the header; row 0 the file as a whole."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    import_id = UUID()
    row = Integer()
    field = Varchar(length=40)
    code = Varchar(length=40)
    detail = Text(default="")
