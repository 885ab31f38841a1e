"""``footnote user key``: API keys from the command line. Imports are inside the commands, as in ``cli.py``."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from runner import with_services

if TYPE_CHECKING:
    from services import Services

keys = typer.Typer(no_args_is_help=True, help="API keys of a person, for programs.")

Username = Annotated[str, typer.Argument(help="The person whose key it is.")]


@keys.command("add")
def add_key(
    username: Username,
    name: Annotated[str, typer.Argument(help="What the key is for.")],
    scopes: Annotated[str, typer.Option("--scopes", help="read, ask, upload, admin; with commas between.")] = "ask",
    days: Annotated[int, typer.Option("--days", min=1, max=36_500, help="How long it works.")] = 90,
) -> None:
    """Make a key, and print it: it is shown this once."""
    from accounts.keys import KeyRequest, scopes_of

    async def add(services: "Services") -> None:
        principal = await services.accounts.principal_of_user(username)
        expires_at = datetime.now(UTC) + timedelta(days=days)
        made = await services.accounts.keys.create(principal, KeyRequest(name, scopes_of(scopes), expires_at))
        typer.echo(made.key)

    with_services(add)


@keys.command("list")
def list_keys(username: Username) -> None:
    """List a person's keys, newest first."""

    async def show(services: "Services") -> None:
        principal = await services.accounts.principal_of_user(username)
        for key in await services.accounts.keys.of_person(principal):
            used = f"used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
            scopes = ",".join(key.scopes)
            typer.echo(f"{key.id}  {key.state:8}  ends {key.expires_at:%Y-%m-%d}  {used:15}  {scopes:22}  {key.name}")

    with_services(show)


@keys.command("revoke")
def revoke_key(username: Username, key_id: Annotated[UUID, typer.Argument(help="Its id, as `list` shows it.")]) -> None:
    """Revoke a key at once."""

    async def revoke(services: "Services") -> None:
        principal = await services.accounts.principal_of_user(username)
        await services.accounts.keys.revoke(principal, key_id)
        typer.echo("Revoked.")

    with_services(revoke)
