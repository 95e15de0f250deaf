"""The outbox from the command line: what could not be delivered, and another try."""

from __future__ import annotations

from uuid import UUID

import click

from ..errors import NotFound
from ..jobs import dead_letters
from ..jobs.dead_letters import DeadLetter, Filter
from ..mall import Mall
from . import engines


@click.group()
def outbox() -> None:
    """Facts that could not be delivered."""


@outbox.command("list")
@click.option("--recipient", default=None, help="Only those of this recipient.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, help="How many at most.")
def list_letters(recipient: str | None, limit: int) -> None:
    """Dead letters, newest first: deliveries that failed too often and hold back later ones of their subject."""

    async def work(mall: Mall) -> None:
        found = await dead_letters.parked(Filter(recipient=recipient, limit=limit))
        for letter in found[:limit]:
            click.echo(_line(letter, mall))
        click.echo(_summary(len(found), limit))

    engines.run(work)


def _line(letter: DeadLetter, mall: Mall) -> str:
    age = str(mall.now() - letter.created_at).split(".", 1)[0]
    place = f" store {letter.store_id}" if letter.store_id else ""
    said = letter.error.replace("\n", " ")
    return f"{letter.id} {letter.recipient} {letter.kind} {letter.subject_id}{place}, {age} old: {said}"


def _summary(count: int, limit: int) -> str:
    if not count:
        return "Nothing is parked."
    return f"{limit} shown, there are more." if count > limit else f"{count} parked."


@outbox.command()
@click.argument("delivery_id", metavar="ID", type=click.UUID, required=False)
@click.option("--recipient", default=None, help="All dead letters of this recipient, instead of one by its id.")
def retry(delivery_id: UUID | None, recipient: str | None) -> None:
    """Have the dead letter ID, or all of a recipient's, delivered again, as if they had never been tried."""
    if (delivery_id is None) == (recipient is None):
        raise click.UsageError("Name one dead letter by its ID, or a recipient by --recipient.")

    async def work(mall: Mall) -> None:
        if delivery_id is not None:
            click.echo(await _retry_one(mall, delivery_id))
        elif recipient is not None:
            click.echo(f"{await dead_letters.retry_all(mall, recipient)} will be delivered again.")

    engines.run(work)


async def _retry_one(mall: Mall, delivery_id: UUID) -> str:
    if await dead_letters.retry(mall, delivery_id):
        return f"{delivery_id} will be delivered again."
    found = await dead_letters.delivery(delivery_id)
    if found is None:
        raise NotFound(f"There is no delivery {delivery_id}.", code="dead_letter_not_found")
    return f"{delivery_id} is {found.state}, not parked; nothing is changed."
