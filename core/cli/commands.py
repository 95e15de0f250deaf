"""The command line `galleria`: one command a function, each a few lines over a service."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TextIO

import click
from msgspec.structs import replace

from ... import hookspecs
from ..accounts import service as accounts
from ..demo import calls
from ..demo import load as load_demo
from ..errors import Problem, StartupError
from ..jobs.registry import SWEEPS
from ..jobs.runner import Runner
from ..mall import Mall
from ..plugins.manager import PluginManager
from ..settings import Settings, load
from ..storage import piccolo_conf
from ..storage.new_migration import write_migration
from . import catalog, checking, engines
from .exporting import ExportFailed
from .outbox import outbox
from .plugins import plugins
from .serving import bindable, serve


class Commands(click.Group):
    """Says what is wrong in a sentence, without a traceback, where that sentence was written for the reader."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (StartupError, Problem, ExportFailed) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Commands)
@click.version_option(package_name="galleria")
def main() -> None:
    """Galleria: a mall of many stores, made of plugins. Settings are GALLERIA_* variables."""


@main.command("serve")
@click.option("--host", default=None, help="Address to listen on.")
@click.option("--port", type=int, default=None, help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), default=None, help="Processes that answer.")
@click.option("--demo", is_flag=True, help="Load the demo mall first, and print calls to try.")
def serve_(host: str | None, port: int | None, workers: int | None, demo: bool) -> None:
    """Migrate, then serve until SIGINT or SIGTERM; embedded engines start and stop with it."""
    with engines.engines() as found:
        settings = replace(found, host=host or found.host, port=port or found.port, workers=workers or found.workers)
        bindable(settings.host, settings.port)
        asyncio.run(engines.migrate(settings))
        if demo:
            asyncio.run(_demo(settings))
            _print_calls(settings)
        click.echo(f"API documentation: {settings.base_url}/api/docs")
        serve(
            host=settings.host,
            port=settings.port,
            workers=settings.workers,
            environment=_environment(settings),
            log_level="warning",
        )


def _print_calls(settings: Settings) -> None:
    """Show the calls that buy something, and leave them in the data folder as a script."""
    script = calls.calls(settings.base_url)
    path = settings.data_path / "buy.sh"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script)
    click.echo(f"{script}\nThe calls above are in {path}: run `sh {path}` in another terminal.")


def _environment(settings: Settings) -> dict[str, str]:
    """What workers are told beyond what they inherit."""
    return {
        "GALLERIA_DATABASE_URL": settings.database_url,
        "GALLERIA_REDIS_URL": settings.redis_url,
        "GALLERIA_HOST": settings.host,
        "GALLERIA_PORT": str(settings.port),
    }


@main.command()
def worker() -> None:
    """Run sweeps and deliveries outside the server (there, set GALLERIA_JOBS=outside)."""

    async def work(mall: Mall) -> None:
        runner = Runner(mall, SWEEPS)
        mall.outbox.on_publish(runner.wake)
        runner.start()
        click.echo("Working. Stop with Ctrl-C.")
        try:
            await asyncio.Event().wait()
        finally:
            await runner.stop()

    engines.run(work)


@main.command()
def migrate() -> None:
    """Run the migrations of core and of every installed plugin."""
    with engines.engines() as settings:
        count = asyncio.run(engines.migrate(settings))
    click.echo(f"{count} migrations run." if count else "Nothing to migrate.")


@main.command()
def demo() -> None:
    """Load the demo mall; again adds nothing twice."""
    with engines.engines() as settings:
        asyncio.run(engines.migrate(settings))
        asyncio.run(_demo(settings))


async def _demo(settings: Settings) -> None:
    async with engines.opened(settings) as mall:
        await load_demo(mall, click.echo)


@main.group()
def operator() -> None:
    """Who runs the mall."""


@operator.command("create")
@click.argument("email")
@click.option("--password", envvar="GALLERIA_OPERATOR_PASSWORD", prompt=True, hide_input=True, confirmation_prompt=True)
def create_operator(email: str, password: str) -> None:
    """Make EMAIL an operator, with an account if there is none. The password comes by prompt or environment."""

    async def work(mall: Mall) -> None:
        identity = await accounts.make_operator(mall, email=email, password=password)
        click.echo(f"{email} is an operator ({identity}).")

    engines.run(work)


@main.command("import")
@click.argument("store")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(store: str, file: Path) -> None:
    """Import products of STORE (id or slug) from a CSV FILE: all of it, or nothing and a line per bad row."""
    sys.exit(engines.run(lambda mall: catalog.import_command(mall, store, file)))


@main.command()
@click.argument("store")
@click.argument("file", type=click.File("w", encoding="utf-8"), default="-")
def export(store: str, file: TextIO) -> None:
    """Export products of STORE as CSV to FILE, or to standard output."""
    engines.run(lambda mall: catalog.export_file(mall, store, file))


@main.command()
def check() -> None:
    """Hold every invariant, of core and of plugins, against the whole database; exit with 1 when one is broken."""
    sys.exit(engines.run(checking.check))


main.add_command(plugins)
main.add_command(outbox)


@main.group("migrations")
def migrations_() -> None:
    """For developers of core and of plugins."""


@migrations_.command("new")
@click.argument("app")
@click.option("--description", default="")
def new_migration(app: str, description: str) -> None:
    """Write APP's next migration from the difference between its tables and its earlier migrations."""
    piccolo_conf.register_apps(PluginManager(load(), hookspecs).table_apps)
    path = asyncio.run(write_migration(app, description))
    click.echo(path or "Nothing has changed.")
