"""``footnote audit``: the audit log from the command line. Imports are inside the commands, as in ``cli.py``."""

from typing import TYPE_CHECKING

import typer

from runner import with_services

if TYPE_CHECKING:
    from services import Services

audit = typer.Typer(no_args_is_help=True, help="The audit log.")


@audit.command()
def verify() -> None:
    """Compute the chain of the audit log again, and say whether anything was changed; the exit code is 1 when it was."""

    async def check(services: "Services") -> None:
        from accounts.audit_log import sentence_of

        found = await services.audit_log.verify()
        typer.echo(sentence_of(found))
        typer.echo(f"Last hash: {found.head}")
        if found.broken_at is not None:
            raise typer.Exit(1)

    with_services(check)
