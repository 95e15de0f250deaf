"""Coupons, coupon codes and full reductions, of a store and of the whole mall."""
