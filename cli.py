"""The ``footnote`` command. Imports stay inside the commands: ``footnote --help`` should not wait for PyTorch."""

import asyncio
import os
import secrets
import sys
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import structlog
import typer

from core import environment
from core.errors import FootnoteError, SettingsInvalid, StartupFailed, new_reference

if TYPE_CHECKING:
    from accounts.service import FirstAdmin
    from core.settings import Settings
    from services import Services

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Chat with your documents; every answer footnoted to the page."
)
users = typer.Typer(no_args_is_help=True, help="People who sign in.")
app.add_typer(users, name="user")

Username = Annotated[str, typer.Argument(help="The name to sign in with.")]
AsUser = Annotated[str, typer.Option("--user", "-u", help="The person whose library is used.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def serve() -> None:
    """Start the web server (and, unless told otherwise, the worker inside it)."""
    import server

    _run_to_its_end(lambda settings: server.serve(settings, _announce))


@app.command()
def worker(
    queues: Annotated[
        str, typer.Option(help="What to work on: ingestion, answers, maintenance, with commas between; empty: all.")
    ] = "",
) -> None:
    """Start a worker process of its own (needs shared Postgres, Redis and Qdrant)."""
    import worker as worker_process
    from ingestion.jobs.queue import queues_of

    chosen = queues_of(queues)
    _run_to_its_end(lambda settings: worker_process.work(settings, chosen))


@app.command()
def migrate() -> None:
    """Bring the database to the present version."""

    async def upgrade(settings: "Settings") -> None:
        from core.parts import open_parts
        from db import migrate as migrations

        with open_parts(settings, may_visit=True) as parts:
            await migrations.upgrade(parts.database_url)
        print("The database is up to date.")

    _run(upgrade, is_quiet=True)


@app.command()
def ingest(
    path: Annotated[Path, typer.Argument(exists=True, help="A file, or a folder with everything below it.")],
    user: AsUser = "admin",
    library: Annotated[str, typer.Option("--library", "-l", help="Name or id of a library; empty: the own one.")] = "",
    delete_missing: Annotated[
        bool, typer.Option("--delete-missing", help="Delete documents even when most files of the folder are gone.")
    ] = False,
) -> None:
    """Keep a library in step with a file or folder: load what is new or changed, delete what is gone, wait until it can be asked about."""
    from ingestion.folders.sync import FolderSync

    async def load_all(services: "Services") -> None:
        from supervise import background

        principal = await services.accounts.principal_of_user(user)
        library_id = await services.ingestion.listing.library_named(principal, library)
        sync = FolderSync(services.ingestion, principal, path, library_id=library_id, delete_missing=delete_missing)
        async with background(services, with_worker=True) if services.parts.is_owner else nullcontext():
            outcome = await sync.run()
        print(outcome.summary())
        if outcome.failed or outcome.refused:
            raise typer.Exit(1)

    _with_services(load_all, all_cores=True)


@app.command()
def reindex(
    parse: Annotated[
        bool, typer.Option("--parse", help="Read the stored files again too, not only their text.")
    ] = False,
) -> None:
    """Build the search index anew beside the present one, by the settings as they are now, and switch to it when it is complete."""
    from ingestion.indexing.reindexing import read_all_again, rebuild

    async def build(services: "Services") -> None:
        from core.parts import is_embedded
        from ingestion.indexing.versions import GRACE_S
        from supervise import background

        is_owner = services.parts.is_owner
        if parse:
            async with background(services, with_worker=True) if is_owner else nullcontext():
                await read_all_again(services.database, services.queue)
        count = await rebuild(services.database, services.builder, is_builder=is_owner)
        print(f"{count} documents are in the new index, which answers from now on.")
        if is_owner:
            await services.index_versions.drop_retired(0 if is_embedded(services.settings) else GRACE_S)

    _with_services(build, all_cores=True)


@app.command()
def ask(question: Annotated[str, typer.Argument(help="What you want to know.")], user: AsUser = "admin") -> None:
    """Answer one question in the terminal, with its footnotes. Not beside a running embedded server, which owns the index."""

    async def answer(services: "Services") -> None:
        from answers.terminal import print_answer
        from supervise import warm_up

        if not services.parts.is_owner:
            raise StartupFailed("The server that is running owns the index; ask there, or stop it first.")
        principal = await services.accounts.principal_of_user(user)
        await warm_up(services)
        await print_answer(services.answers.ask(principal, question))

    _with_services(answer)


@app.command()
def caches() -> None:
    """Show what the caches found, missed, stored and dropped since Redis was started."""

    async def show(services: "Services") -> None:
        print(f"{'cache':12}{'hits':>10}{'misses':>10}{'stored':>10}{'dropped':>10}")
        for counts in await services.cache.counts():
            figures = (counts.hits, counts.misses, counts.stored, counts.dropped)
            print(f"{counts.namespace:12}" + "".join(f"{figure:10}" for figure in figures))

    _with_services(show)


@users.command("add")
def add_user(
    username: Username,
    admin: Annotated[
        bool, typer.Option("--admin", help="Gives the role admin; it opens nobody's documents or conversations.")
    ] = False,
    password_stdin: PasswordStdin = False,
) -> None:
    """Add a person; a password is made and printed when none is given."""
    from core.access import Role

    given = _read_password() if password_stdin else None
    password = given or secrets.token_urlsafe(12)

    async def add(services: "Services") -> None:
        await services.accounts.add_user(username, password, Role.ADMIN if admin else Role.USER)
        print(f"Added {username}." if given else f"Added {username}; password: {password}")

    _with_services(add)


@users.command("password")
def set_password(
    username: Username,
    password_stdin: PasswordStdin = False,
) -> None:
    """Give a person a new password; every open sign-in of theirs ends."""
    given = _read_password() if password_stdin else None
    password = given or secrets.token_urlsafe(12)

    async def change(services: "Services") -> None:
        await services.accounts.set_password(username, password)
        print(f"Changed the password of {username}." if given else f"New password of {username}: {password}")

    _with_services(change)


@users.command("disable")
def disable_user(username: Username) -> None:
    """Lock a person out at once, on every device; nothing of theirs is deleted."""

    async def disable(services: "Services") -> None:
        await services.accounts.disable_user(username)
        print(f"Disabled {username}.")

    _with_services(disable)


@users.command("enable")
def enable_user(username: Username) -> None:
    """Let a disabled person sign in again."""

    async def enable(services: "Services") -> None:
        await services.accounts.enable_user(username)
        print(f"Enabled {username}.")

    _with_services(enable)


@users.command("tier")
def set_tier(
    username: Username, tier: Annotated[str, typer.Argument(help="A tier of the settings, or standard.")]
) -> None:
    """Put a person into a tier: how many questions a minute, how many tokens a day."""

    async def put(services: "Services") -> None:
        await services.accounts.set_tier(username, tier)
        print(f"{username} is in the tier {tier}.")

    _with_services(put)


def main() -> None:
    """Entry point: errors are one sentence and an exit code, never a stack trace."""
    environment.restrict()
    try:
        app()
    except FootnoteError as error:
        print(f"footnote: {error.message}", file=sys.stderr)
        sys.exit(2 if isinstance(error, SettingsInvalid) else 1)
    except Exception as error:
        reference = new_reference()
        structlog.get_logger(__name__).exception("command.failed", reference=reference)
        print(f"footnote: Something went wrong ({type(error).__name__}), reference {reference}.", file=sys.stderr)
        sys.exit(1)


def _announce(url: str, first_admin: "FirstAdmin | None") -> None:
    print(f"\n  Footnote is running at {url}")
    if first_admin is not None and first_admin.generated:
        print(f"  Sign in as {first_admin.username} with the password {first_admin.password} (shown only this once)")
    print("  Stop it with Ctrl-C.\n", flush=True)


def _run_to_its_end(work: "Callable[[Settings], Coroutine[Any, Any, None]]") -> None:
    """Run a server, and leave at once when it returns, for everything of ours is closed then.

    The event loop would wait for threads that still load a model, and the interpreter's own teardown takes seconds once PyTorch is there.
    """

    async def and_leave(settings: "Settings") -> None:
        await work(settings)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    _run(and_leave)


def _read_password() -> str:
    return sys.stdin.readline().rstrip("\n")


def _run(work: "Callable[[Settings], Coroutine[Any, Any, None]]", *, is_quiet: bool = False) -> None:
    from core import logging
    from core.settings import load_settings, log_notices

    settings = load_settings()
    # Documents, their index and the logs are for the account that runs this, and nobody else on the machine.
    os.umask(0o077)
    logging.configure("warning" if is_quiet else settings.log_level)
    log_notices()
    try:
        asyncio.run(work(settings))
    except KeyboardInterrupt:
        sys.exit(130)


def _with_services(work: "Callable[[Services], Awaitable[None]]", *, all_cores: bool = False) -> None:
    async def opened(settings: "Settings") -> None:
        from bootstrap import open_services

        if all_cores and not settings.embedding.threads:  # nobody waits for a web page here
            embedding = settings.embedding.model_copy(update={"threads": os.cpu_count() or 1})
            settings = settings.model_copy(update={"embedding": embedding})

        async with open_services(settings, may_visit=True) as services:
            await work(services)

    _run(opened, is_quiet=True)


if __name__ == "__main__":
    main()
