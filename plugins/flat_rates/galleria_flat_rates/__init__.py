"""Flat shipping rates and one tax rate, for a store or for the mall."""
