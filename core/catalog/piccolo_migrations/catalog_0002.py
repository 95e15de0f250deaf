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
    "CREATE INDEX product_brand_new ON product (brand_id, on_sale_at DESC, id DESC) WHERE state = 'on_sale'",
    "CREATE INDEX product_category_new ON product (category_id, on_sale_at DESC, id DESC) WHERE state = 'on_sale' AND category_id IS NOT NULL",
    "CREATE INDEX product_category_price ON product (category_id, min_price, id) WHERE state = 'on_sale' AND category_id IS NOT NULL",
    "CREATE INDEX product_category_sold ON product (category_id, sold DESC, id DESC) WHERE state = 'on_sale' AND category_id IS NOT NULL",
    "CREATE INDEX product_category ON product (category_id)",
    "CREATE INDEX product_store_category ON product USING gin (store_category_ids)",
    "ALTER TABLE product ADD CONSTRAINT product_state CHECK (state IN ('draft', 'on_sale', 'off_sale'))",
    "CREATE UNIQUE INDEX sku_code ON sku (store_id, code)",
    "CREATE INDEX sku_product ON sku (product_id, position)",
    "ALTER TABLE sku ADD CONSTRAINT sku_of FOREIGN KEY (store_id, product_id) REFERENCES product (store_id, id)",
    "ALTER TABLE sku ADD CONSTRAINT sku_amounts CHECK (price >= 0 AND minimum_price BETWEEN 0 AND price AND (cost IS NULL OR cost >= 0) AND weight_grams >= 0)",
    "ALTER TABLE category ADD CONSTRAINT category_of FOREIGN KEY (parent_id) REFERENCES category (id)",
    "ALTER TABLE product ADD CONSTRAINT product_brand_of FOREIGN KEY (brand_id) REFERENCES brand (id)",
    "ALTER TABLE product ADD CONSTRAINT product_category_of FOREIGN KEY (category_id) REFERENCES category (id)",
    "ALTER TABLE product ADD CONSTRAINT product_on_sale_since CHECK (state <> 'on_sale' OR on_sale_at IS NOT NULL)",
    "CREATE INDEX catalog_import_store ON catalog_import (store_id, id)",
    "ALTER TABLE catalog_import ADD CONSTRAINT catalog_import_state CHECK (state IN ('queued', 'running', 'done', 'rejected', 'failed'))",
    "CREATE UNIQUE INDEX catalog_import_piece_once ON catalog_import_piece (import_id, position)",
    "ALTER TABLE catalog_import_piece ADD CONSTRAINT catalog_import_piece_of FOREIGN KEY (import_id) REFERENCES catalog_import (id)",
    "CREATE UNIQUE INDEX catalog_import_fault_row ON catalog_import_fault (import_id, row, id)",
    "ALTER TABLE catalog_import_fault ADD CONSTRAINT catalog_import_fault_of FOREIGN KEY (import_id) REFERENCES catalog_import (id)",
)


async def forwards():
    return sql_migration(ID, "catalog", STATEMENTS)
