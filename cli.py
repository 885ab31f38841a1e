"""The ``footnote`` command. Imports are inside the commands, so that ``footnote --help`` does not wait for PyTorch."""

import asyncio
import secrets
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from cli_audit import audit
from cli_backup import backup, restore
from cli_eval import evaluate
from cli_keys import keys
from core import environment
from core.errors import FootnoteError, SettingsInvalid, StartupFailed, new_reference
from runner import run, run_and_exit, with_services

if TYPE_CHECKING:
    from accounts.first_admin import FirstAdmin
    from core.settings import Settings
    from services import Services

app = typer.Typer(
    no_args_is_help=True, add_completion=False, help="Chat with your documents; every answer footnoted to the page."
)
users = typer.Typer(no_args_is_help=True, help="People who sign in.")
app.add_typer(users, name="user")
app.add_typer(audit, name="audit")
users.add_typer(keys, name="key")
for command in (backup, restore):
    app.command()(command)
app.command("eval")(evaluate)

Username = Annotated[str, typer.Argument(help="The name to sign in with.")]
AsUser = Annotated[str, typer.Option("--user", "-u", help="The person whose library is used.")]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def serve() -> None:
    """Start the web server (and, unless told otherwise, the worker inside it)."""
    import server

    run_and_exit(lambda settings: server.serve(settings, _announce))


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
    run_and_exit(lambda settings: worker_process.work(settings, chosen))


@app.command()
def mcp(
    url: Annotated[
        str, typer.Option(envvar="FOOTNOTE_URL", help="Where Footnote runs, as you open it in a browser.")
    ] = "http://127.0.0.1:8000",
    key: Annotated[str, typer.Option(envvar="FOOTNOTE_API_KEY", help="An API key or a token.")] = "",
) -> None:
    """Serve a desktop assistant over stdin and stdout: search, fetch, ask, list and upload on a running Footnote."""
    from core import logging
    from mcp_server import stdio

    if not key:
        raise StartupFailed("Set FOOTNOTE_API_KEY (or --key) to an API key of yours.")
    logging.configure("warning")
    asyncio.run(stdio.run(url, key))


@app.command()
def migrate() -> None:
    """Bring the database to the present version."""

    async def upgrade(settings: "Settings") -> None:
        from core.parts import open_parts
        from db import migrate as migrations

        with open_parts(settings, may_visit=True) as parts:
            await migrations.settle(parts.database_url, "auto")
        print("The database is up to date.")

    run(upgrade, is_quiet=True)


@app.command()
def ingest(
    place: Annotated[
        str, typer.Argument(metavar="PATH", help="A file, a folder, s3://…, az://…, https:// (WebDAV) or its name.")
    ],
    user: AsUser = "admin",
    library: Annotated[str, typer.Option("--library", "-l", help="Name or id of a library; empty: the own one.")] = "",
    delete_missing: Annotated[
        bool, typer.Option("--delete-missing", help="Delete documents even when most files of the folder are gone.")
    ] = False,
) -> None:
    """Keep a library in step with a file or folder: load what is new or changed, delete what is gone, wait until it can be asked about."""
    from ingestion.folders.places import folder_of
    from ingestion.folders.sync import FolderSync

    async def load_all(services: "Services") -> None:
        from supervise import background

        principal = await services.accounts.principal_of_user(user)
        library_id = await services.ingestion.listing.library_named(principal, library)
        folder = folder_of(place, services.settings.links)
        sync = FolderSync(services.ingestion, principal, folder, library_id=library_id, delete_missing=delete_missing)
        async with background(services, with_worker=True) if services.parts.is_owner else nullcontext():
            outcome = await sync.run()
        print(outcome.summary())
        if outcome.failed or outcome.refused:
            raise typer.Exit(1)

    with_services(load_all, all_cores=True)


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

    with_services(build, all_cores=True)


@app.command()
def calibrate(
    file: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            help="Tab-separated columns kind (same, related, unrelated), left and right; without it: the pairs of the product.",
        ),
    ] = None,
) -> None:
    """Measure the embedding model on pairs of texts of your own, so that its similarities mean what they should on such texts."""
    from rag.embedding.pairs import own_pairs

    pairs = None if file is None else own_pairs(file)

    async def measure(services: "Services") -> None:
        languages = await services.index_versions.calibrate(pairs)
        print(f"Similarities are measured anew ({', '.join(languages)}); running processes follow within seconds.")

    with_services(measure)


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

    with_services(answer)


@app.command()
def caches() -> None:
    """Show what the caches found, missed, stored and dropped since Redis was started."""

    async def show(services: "Services") -> None:
        print(f"{'cache':12}{'hits':>10}{'misses':>10}{'stored':>10}{'dropped':>10}")
        for counts in await services.cache.counts():
            figures = (counts.hits, counts.misses, counts.stored, counts.dropped)
            print(f"{counts.namespace:12}" + "".join(f"{figure:10}" for figure in figures))

    with_services(show)


@users.command("add")
def add_user(
    username: Username,
    admin: Annotated[bool, typer.Option("--admin", help="Gives the role admin; it opens nobody's documents.")] = False,
    password_stdin: PasswordStdin = False,
) -> None:
    """Add a person; a password is made and printed when none is given."""
    from core.access import Role

    from_stdin = sys.stdin.readline().rstrip("\n") if password_stdin else None
    password = from_stdin or secrets.token_urlsafe(12)

    async def add(services: "Services") -> None:
        await services.accounts.add_user(username, password, Role.ADMIN if admin else Role.USER)
        print(f"Added {username}." if from_stdin else f"Added {username}; password: {password}")

    with_services(add)


@users.command("password")
def set_password(
    username: Username,
    password_stdin: PasswordStdin = False,
    revoke_keys: Annotated[bool, typer.Option("--revoke-keys", help="Revoke the person's API keys too.")] = False,
) -> None:
    """Give a person a new password; every open sign-in of theirs ends."""
    from_stdin = sys.stdin.readline().rstrip("\n") if password_stdin else None
    password = from_stdin or secrets.token_urlsafe(12)

    async def change(services: "Services") -> None:
        await services.accounts.set_password(username, password, are_keys_revoked=revoke_keys)
        print(f"Changed the password of {username}." if from_stdin else f"New password of {username}: {password}")

    with_services(change)


@users.command("disable")
def disable_user(username: Username) -> None:
    """Lock a person out at once, on every device; nothing of theirs is deleted."""

    async def disable(services: "Services") -> None:
        await services.accounts.disable_user(username)
        print(f"Disabled {username}.")

    with_services(disable)


@users.command("enable")
def enable_user(username: Username) -> None:
    """Let a disabled person sign in again."""

    async def enable(services: "Services") -> None:
        await services.accounts.enable_user(username)
        print(f"Enabled {username}.")

    with_services(enable)


@users.command("tier")
def set_tier(
    username: Username, tier: Annotated[str, typer.Argument(help="A tier of the settings, or standard.")]
) -> None:
    """Put a person into a tier: how many questions a minute, how many tokens a day."""

    async def put(services: "Services") -> None:
        await services.accounts.set_tier(username, tier)
        print(f"{username} is in the tier {tier}.")

    with_services(put)


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


if __name__ == "__main__":
    main()
