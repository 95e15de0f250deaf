"""Checks, keys and indexes that Piccolo's columns cannot say."""

from galleria.core.plugin_api import sql_migration

ID = "coupons_0002"

_CAMPAIGN = "ALTER TABLE coupons_campaign ADD CONSTRAINT coupons_campaign"
_COUPON = "ALTER TABLE coupons_coupon ADD CONSTRAINT coupons_coupon"
_TALLY = "ALTER TABLE coupons_tally ADD CONSTRAINT coupons_tally"
_REDUCTION = "ALTER TABLE coupons_reduction ADD CONSTRAINT coupons_reduction"

STATEMENTS = (
    f"{_CAMPAIGN}_state CHECK (state IN ('draft', 'active', 'ended'))",
    f"{_CAMPAIGN}_kind CHECK ((kind = 'amount_off' AND amount > 0 AND rate_ppm = 0 AND cap IS NULL)"
    " OR (kind = 'percent_off' AND amount = 0 AND rate_ppm BETWEEN 1 AND 1000000))",
    f"{_CAMPAIGN}_how CHECK (how IN ('claim', 'code') AND (how = 'code') = (code IS NOT NULL))",
    f"{_CAMPAIGN}_amounts CHECK (threshold >= 0 AND COALESCE(cap, 1) > 0)",
    f"{_CAMPAIGN}_share CHECK (platform_share_ppm BETWEEN 0 AND CASE WHEN store_id IS NULL THEN 1000000 ELSE 0 END)",
    f"{_CAMPAIGN}_policy CHECK (refund_policy IN ('returned_when_all_refunded', 'never'))",
    f"{_CAMPAIGN}_window CHECK (starts_at < ends_at)",
    f"{_CAMPAIGN}_limits CHECK (claimed >= 0 AND claimed <= COALESCE(total_limit, claimed) AND COALESCE(shopper_limit, 1) > 0)",
    "CREATE UNIQUE INDEX coupons_campaign_code ON coupons_campaign (store_id, code) NULLS NOT DISTINCT"
    " WHERE how = 'code' AND state <> 'ended'",
    "CREATE INDEX coupons_campaign_list ON coupons_campaign (store_id, state, id)",
    f"{_COUPON}_state CHECK (state IN ('claimed', 'held', 'used', 'returned'))",
    f"{_COUPON}_checkout CHECK ((state IN ('held', 'used')) = (checkout_id IS NOT NULL))",
    f"{_COUPON}_orders CHECK (CASE state WHEN 'used' THEN true WHEN 'held' THEN cardinality(order_ids) > 0"
    " ELSE cardinality(order_ids) = 0 END)",
    f"{_COUPON}_of FOREIGN KEY (campaign_id) REFERENCES coupons_campaign (id)",
    "CREATE INDEX coupons_coupon_mine ON coupons_coupon (account_id, store_id, id)",
    "CREATE INDEX coupons_coupon_campaign ON coupons_coupon (campaign_id, state)",
    "CREATE INDEX coupons_coupon_checkout ON coupons_coupon (checkout_id) WHERE checkout_id IS NOT NULL",
    f"{_TALLY}_once UNIQUE (campaign_id, account_id)",
    f"{_TALLY}_claimed CHECK (claimed >= 0)",
    f"{_TALLY}_of FOREIGN KEY (campaign_id) REFERENCES coupons_campaign (id)",
    f"{_REDUCTION}_state CHECK (state IN ('draft', 'active', 'ended'))",
    f"{_REDUCTION}_cap CHECK (COALESCE(cap, 1) > 0)",
    f"{_REDUCTION}_tiers CHECK (jsonb_array_length(tiers) BETWEEN 1 AND 20)",
    f"{_REDUCTION}_share CHECK (platform_share_ppm BETWEEN 0 AND CASE WHEN store_id IS NULL THEN 1000000 ELSE 0 END)",
    f"{_REDUCTION}_window CHECK (starts_at < ends_at)",
    "CREATE INDEX coupons_reduction_list ON coupons_reduction (store_id, state, id)",
)


async def forwards():
    return sql_migration(ID, "coupons", STATEMENTS)
