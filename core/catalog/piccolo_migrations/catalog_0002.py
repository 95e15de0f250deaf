"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "catalog_0002"

STATEMENTS = (
    "CREATE UNIQUE INDEX brand_slug ON brand (slug)",
    "CREATE UNIQUE INDEX category_slug ON category (store_id, parent_id, slug) NULLS NOT DISTINCT",
    "CREATE INDEX category_parent ON category (parent_id)",
    "CREATE UNIQUE INDEX product_code ON product (store_id, code)",
    "CREATE UNIQUE INDEX product_store ON product (store_id, id)",
    "CREATE INDEX product_store_new ON product (store_id, on_sale_at DESC, id DESC) WHERE state = 'on_sale'",
    "CREATE INDEX product_store_price ON product (store_id, min_price, id) WHERE state = 'on_sale'",
    "CREATE INDEX product_store_sold ON product (store_id, sold DESC, id DESC) WHERE state = 'on_sale'",
    "CREATE INDEX product_mall_new ON product (on_sale_at DESC, id DESC) WHERE state = 'on_sale'",
    "CREATE INDEX product_mall_price ON product (min_price, id) WHERE state = 'on_sale'",
    "CREATE INDEX product_mall_sold ON product (sold DESC, id DESC) WHERE state = 'on_sale'",
    "CREATE INDEX product_brand ON product (brand_id) WHERE state = 'on_sale'",
    "CREATE INDEX product_category ON product (category_id) WHERE state = 'on_sale'",
    "CREATE INDEX product_store_category ON product USING gin (store_category_ids)",
    "ALTER TABLE product ADD CONSTRAINT product_state CHECK (state IN ('draft', 'on_sale', 'off_sale'))",
    "CREATE UNIQUE INDEX sku_code ON sku (store_id, code)",
    "CREATE INDEX sku_product ON sku (product_id, position)",
    "ALTER TABLE sku ADD CONSTRAINT sku_of FOREIGN KEY (store_id, product_id) REFERENCES product (store_id, id)",
    "ALTER TABLE sku ADD CONSTRAINT sku_amounts CHECK (price >= 0 AND minimum_price BETWEEN 0 AND price AND (cost IS NULL OR cost >= 0) AND weight_grams >= 0)",
    "CREATE INDEX catalog_import_open ON catalog_import (created_at) WHERE state IN ('queued', 'running')",
    "CREATE INDEX catalog_import_store ON catalog_import (store_id, id)",
)


async def forwards():
    return sql_migration(ID, "catalog", STATEMENTS)
