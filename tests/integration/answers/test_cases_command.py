"""``footnote eval``: what it prints and its exit codes, over real services; only the process around them is the test's."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import typer

import cli_eval
from services import Services
from tests.integration.answers.test_cases import OUTSIDE, Desk, desk  # noqa: F401  a fixture

Work = Callable[[Services], Awaitable[None]]


@contextmanager
def _beside_a_server(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: F811
    """The command runs in a thread, as one that owns no index; its server is this loop."""
    loop = asyncio.get_running_loop()
    services = replace(desk.services, parts=replace(desk.services.parts, is_owner=False))

    def with_services(work: Work) -> None:
        async def run() -> None:
            await work(services)

        asyncio.run_coroutine_threadsafe(run(), loop).result()

    monkeypatch.setattr(cli_eval, "with_services", with_services)
    worker = asyncio.create_task(desk.runner.run())
    try:
        yield
    finally:
        worker.cancel()


async def _exit_code(suite: str = "feedback", threshold: float = 100.0, tag: str = "", as_json: bool = False) -> int:
    try:
        await asyncio.to_thread(cli_eval.evaluate, suite, threshold, tag, as_json)
    except typer.Exit as left:
        return left.exit_code
    return 0


async def test_the_exit_code_says_what_became_of_it(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with _beside_a_server(desk, monkeypatch):
        assert await _exit_code() == 2
        assert capsys.readouterr().err == "footnote: There is no test case to run.\n"
        assert await _exit_code(suite="nothing") == 2
        await desk.cases.create(desk.root, desk.content(tags=("hr",)))
        assert await _exit_code() == 0
        assert "1 of 1 passed (100.0%), 100% needed: passed" in capsys.readouterr().out
        await desk.cases.create(desk.root, desk.content(question=OUTSIDE))
        assert await _exit_code() == 1
        told = capsys.readouterr().out
        assert f"FAILED  {OUTSIDE}\n        - It was refused, and should have been answered.\nok      " in told
        assert "no language model" in told
        assert await _exit_code(threshold=50.0) == 0
        assert await _exit_code(threshold=51.0) == 1
        assert await _exit_code(tag="hr") == 0
        capsys.readouterr()
        assert await _exit_code(as_json=True) == 1
        told = capsys.readouterr().out
        report = json.loads(told[told.index("{\n") :])  # the log of the test stands before it
        assert (report["passed"], report["run"]["passed"], report["run"]["total"]) == (False, 1, 2)
        assert report["results"][0]["sentences"] == ["It was refused, and should have been answered."]


async def test_without_a_worker_it_says_so_and_leaves_no_run_behind(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(cli_eval, "TAKEN_WITHIN_S", 0.2)
    monkeypatch.setattr(cli_eval, "LOOK_EVERY_S", 0.1)
    await desk.cases.create(desk.root, desk.content())
    with _beside_a_server(desk, monkeypatch):
        monkeypatch.setattr(desk.runner, "take", _nothing)
        assert await _exit_code() == 2
    assert "No worker has taken the run" in capsys.readouterr().err
    [run] = (await desk.runs.page(desk.root, limit=9)).runs
    assert run.state == "stopped"


async def _nothing() -> None:
    """A worker that takes no run."""
