"""A mall to look at: three stores, their goods, people, and orders in every state.

Everything is made by the domains' own services, so that what is shown is what they do.
"""

from __future__ import annotations

from .loading import DemoSummary, load
from .paying import Pay

__all__ = ["DemoSummary", "Pay", "load"]
