"""The outbox: events written with the change they tell of, and one delivery per recipient."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class OutboxEvent(Table, tablename="outbox_event", tags=["mall"]):
    """A fact. `subject_id` is what its recipients must see in order: an order, a payment, a checkout."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    kind = Varchar(length=80)
    subject_id = UUID()
    payload = JSONB()
    created_at = Timestamptz()


class OutboxDelivery(Table, tablename="outbox_delivery", tags=["mall"]):
    """One recipient's copy: pending, done, or parked after too many failures (a dead letter)."""

    id = UUID(primary_key=True, default=new_id)
    event_id = UUID()
    store_id = UUID(null=True, default=None)
    recipient = Varchar(length=80)
    subject_id = UUID()
    state = Varchar(length=12, default="pending")
    attempts = Integer(default=0)
    next_at = Timestamptz()
    error = Text(default="")
