"""``footnote eval``: runs the test cases, for people and for CI. Imports are inside the functions, as in ``cli.py``.

Exit code: 0 passed, 1 a case fails or too few pass, 2 they could not be run.
"""

import asyncio
import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import structlog
import typer

from core.errors import Conflict, FootnoteError, new_reference
from runner import with_services

if TYPE_CHECKING:
    from uuid import UUID

    from answers.cases.types import ResultView, RunView
    from services import Services

SUITES = ("feedback",)
LOOK_EVERY_S = 0.5
TAKEN_WITHIN_S = 60.0  # by the worker of a running server
FAILS, CANNOT_RUN = 1, 2
NO_WORKER = "No worker has taken the run; is one listening to the queue “answers”?"
NOT_LOADED = "The models could not be loaded; see the log."

Threshold = Annotated[
    float,
    typer.Option(min=0, max=100, help="Percent of the cases that must pass; without it, every one must."),
]


def evaluate(
    suite: Annotated[str, typer.Option(help="The test set: feedback, the cases of the console.")] = "feedback",
    threshold: Threshold = 100.0,
    tag: Annotated[str, typer.Option(help="Only cases with this tag.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print the results as JSON.")] = False,
) -> None:
    """Run the test cases. Exit code: 0 passed, 1 a case fails or too few pass, 2 they could not be run.

    Beside a running server with embedded parts, its worker runs them; otherwise this process does.
    """
    passed: list[bool] = []

    async def judge(services: "Services") -> None:
        run, results = await _run(services, tag or None)
        if run.state != "done":
            raise Conflict(run.error or "The run was stopped before its end.")
        typer.echo(_json(run, results, threshold) if as_json else _table(run, results, threshold))
        passed.append(_is_passed(run, threshold))

    try:
        if suite not in SUITES:
            raise Conflict(f"There is no test set “{suite}”; choose from {', '.join(SUITES)}.")
        with_services(judge)
    except FootnoteError as error:
        _cannot_run(error.message)
    except Exception as error:
        reference = new_reference()
        structlog.get_logger(__name__).exception("eval.failed", reference=reference)
        _cannot_run(f"Something went wrong ({type(error).__name__}), reference {reference}.")
    if not all(passed):
        raise typer.Exit(FAILS)


def _cannot_run(sentence: str) -> NoReturn:
    typer.echo(f"footnote: {sentence}", err=True)
    raise typer.Exit(CANNOT_RUN)


async def _run(services: "Services", tag: str | None) -> "tuple[RunView, list[ResultView]]":
    """A run to its end, here or by the server that owns the index. An interruption stops it."""
    from supervise import warm_up

    if services.parts.is_owner:
        await warm_up(services)
        if not services.readiness.is_ready:
            raise Conflict(NOT_LOADED)
    run_id = await services.case_runs.start(None, tag)
    try:
        if services.parts.is_owner:
            await services.case_runner.take(run_id)
        await _until_over(services, run_id)
    except BaseException:
        await asyncio.shield(services.case_runs.stop(None, run_id))
        raise
    return await services.case_runs.get(None, run_id), await services.case_runs.results(None, run_id)


async def _until_over(services: "Services", run_id: "UUID") -> None:
    """Wait for a run that another process has taken, and say how far it is."""
    run = await services.case_runs.get(None, run_id)
    if not run.is_over:
        await services.case_runs.announce(run_id)
    waited_s = 0.0
    while not run.is_over:
        if run.state == "queued" and waited_s >= TAKEN_WITHIN_S:
            raise Conflict(NO_WORKER)
        await asyncio.sleep(LOOK_EVERY_S)
        waited_s += LOOK_EVERY_S
        run = await services.case_runs.get(None, run_id)
        if sys.stderr.isatty():
            typer.echo(f"\r{run.done} of {run.total}", err=True, nl=run.is_over)


def _is_passed(run: "RunView", threshold: float) -> bool:
    return run.share * 100 >= threshold


def _table(run: "RunView", results: "list[ResultView]", threshold: float) -> str:
    """The failed cases with their reasons, and the sums."""
    lines = []
    for result in results:
        lines.append(f"{'ok    ' if result.state == 'passed' else 'FAILED'}  {' '.join(result.question.split())[:110]}")
        lines += [f"        - {failure.sentence}" for failure in result.failures]
    answered_by = run.language_model or "no language model"
    verdict = "passed" if _is_passed(run, threshold) else "FAILED"
    lines += [
        "",
        f"{run.passed} of {run.total} passed ({run.share:.1%}), {threshold:g}% needed: {verdict}",
        f"{answered_by} · {run.embedding_model} · index version {run.index_version} · prompts {run.prompt_version}"
        f" · {run.took_s or 0:.1f} s",
    ]
    return "\n".join(lines)


def _json(run: "RunView", results: "list[ResultView]", threshold: float) -> str:
    """The run and its results, for programs."""
    import orjson

    told = {
        "passed": _is_passed(run, threshold),
        "threshold": threshold,
        "run": run.model_dump(mode="json"),
        "results": [
            {**result.model_dump(mode="json"), "sentences": [one.sentence for one in result.failures]}
            for result in results
        ],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2).decode()
