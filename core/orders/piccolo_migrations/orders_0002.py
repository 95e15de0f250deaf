"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.storage.raw_sql import sql_migration

ID = "orders_0002"

STATEMENTS = (
    "CREATE UNIQUE INDEX shop_order_number ON shop_order (number)",
    "CREATE UNIQUE INDEX shop_order_store ON shop_order (store_id, id)",
    "CREATE INDEX shop_order_store_state ON shop_order (store_id, state, id DESC)",
    "CREATE INDEX shop_order_account ON shop_order (account_id, id DESC)",
    "CREATE INDEX shop_order_checkout ON shop_order (checkout_id)",
    "ALTER TABLE shop_order ADD CONSTRAINT shop_order_state CHECK (state IN ('placed', 'paid', 'fulfilling', 'completed', 'cancelled'))",
    "ALTER TABLE shop_order ADD CONSTRAINT shop_order_sums CHECK (total = goods - discounts + shipping + fees + tax AND due = total - tenders AND due >= 0 AND tenders >= 0 AND refunded BETWEEN 0 AND total)",
    "ALTER TABLE order_line ADD CONSTRAINT order_line_of FOREIGN KEY (store_id, order_id) REFERENCES shop_order (store_id, id)",
    "CREATE INDEX order_line_order ON order_line (order_id, position)",
    "CREATE UNIQUE INDEX order_line_store ON order_line (store_id, id)",
    "ALTER TABLE order_line ADD CONSTRAINT order_line_counts CHECK (quantity > 0 AND shipped >= 0 AND cancelled >= 0 AND shipped + cancelled <= quantity AND refunded BETWEEN cancelled AND quantity AND total >= 0)",
    "ALTER TABLE order_adjustment ADD CONSTRAINT order_adjustment_of FOREIGN KEY (store_id, order_id) REFERENCES shop_order (store_id, id)",
    "CREATE INDEX order_adjustment_order ON order_adjustment (order_id)",
    "CREATE INDEX adjustment_allocation_of ON adjustment_allocation (adjustment_id)",
    "CREATE INDEX adjustment_allocation_line ON adjustment_allocation (line_id)",
    "CREATE UNIQUE INDEX order_block_once ON order_block (order_id, name)",
    "CREATE INDEX order_history_order ON order_history (order_id, id)",
    "CREATE INDEX parcel_order ON parcel (order_id)",
    "CREATE UNIQUE INDEX parcel_once ON parcel (order_id, carrier, tracking_number)",
    "CREATE UNIQUE INDEX parcel_store ON parcel (store_id, id)",
    "ALTER TABLE parcel ADD CONSTRAINT parcel_of FOREIGN KEY (store_id, order_id) REFERENCES shop_order (store_id, id)",
    "CREATE UNIQUE INDEX parcel_line_once ON parcel_line (parcel_id, line_id)",
    "ALTER TABLE parcel_line ADD CONSTRAINT parcel_line_of FOREIGN KEY (store_id, parcel_id) REFERENCES parcel (store_id, id)",
    "ALTER TABLE parcel_line ADD CONSTRAINT parcel_line_quantity CHECK (quantity > 0)",
    "CREATE UNIQUE INDEX order_refund_number ON order_refund (number)",
    "CREATE UNIQUE INDEX order_refund_store ON order_refund (store_id, id)",
    "CREATE INDEX order_refund_order ON order_refund (order_id)",
    "ALTER TABLE order_refund ADD CONSTRAINT order_refund_of FOREIGN KEY (store_id, order_id) REFERENCES shop_order (store_id, id)",
    "ALTER TABLE order_refund ADD CONSTRAINT order_refund_sums CHECK (amount = money + tenders AND money >= 0 AND tenders >= 0)",
    "ALTER TABLE order_refund ADD CONSTRAINT order_refund_state CHECK (state IN ('pending', 'settled', 'failed'))",
    "CREATE UNIQUE INDEX refund_line_units ON refund_line (line_id, first)",
    "CREATE INDEX refund_line_refund ON refund_line (refund_id)",
    "ALTER TABLE refund_line ADD CONSTRAINT refund_line_of FOREIGN KEY (store_id, refund_id) REFERENCES order_refund (store_id, id)",
    "CREATE UNIQUE INDEX order_participant_once ON order_participant (order_id, plugin, for_mall)",
    "ALTER TABLE order_participant ADD CONSTRAINT order_participant_of FOREIGN KEY (store_id, order_id) REFERENCES shop_order (store_id, id)",
)


async def forwards():
    return sql_migration(ID, "orders", STATEMENTS)
