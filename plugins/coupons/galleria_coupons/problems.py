"""What coupons refuse, with the codes that the API shows."""

from __future__ import annotations

from galleria.core.plugin_api import Conflict, NotFound


class CampaignNotFound(NotFound):
    code = "coupon_campaign_not_found"
    title = "There is no such campaign here"


class ReductionNotFound(NotFound):
    code = "reduction_not_found"
    title = "There is no such full reduction here"


class CodeTaken(Conflict):
    code = "coupon_code_taken"
    title = "Another campaign here has this code and has not ended"


class TermsFrozen(Conflict):
    """`fields` names what would have changed."""

    code = "promotion_terms_frozen"
    title = "Shoppers rely on these terms: once active, they stay as they are"


class WrongState(Conflict):
    code = "promotion_wrong_state"
    title = "It goes from draft to active to ended, and not back"


class TooManyActive(Conflict):
    code = "too_many_reductions"
    title = "Too many full reductions are active here; end one of them"


class CouponNotStarted(Conflict):
    code = "coupon_not_started"
    title = "Coupons of this campaign cannot be claimed yet"


class CouponEnded(Conflict):
    code = "coupon_ended"
    title = "Coupons of this campaign cannot be claimed any more"


class CouponsGone(Conflict):
    code = "coupons_gone"
    title = "All coupons of this campaign have been claimed"


class CouponLimitReached(Conflict):
    code = "coupon_limit_reached"
    title = "You have claimed as many of these as one shopper may"
