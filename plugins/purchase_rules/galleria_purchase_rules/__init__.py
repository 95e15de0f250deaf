"""What may be bought, how much of it, when, and which orders are looked at before they are sent."""
