"""Baskets that were bought once, at the prices and discounts that their receipts say."""
