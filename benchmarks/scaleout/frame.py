"""The frame of every row: work goes on, something fails, comes back, and then the balance is drawn."""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import asyncpg

from benchmarks.installation import Web
from benchmarks.scaleout.asking import Question
from benchmarks.scaleout.load import Load, Tally
from benchmarks.scaleout.site import ScaledOut

BEFORE_S, AFTER_S = 3.0, 4.0  # of peace
ENDS_WITHIN_S = 10.0  # a request
TAKEN_OVER_WITHIN_S = 20.0  # an answer whose process died gets its mark
PROBE_WITHIN_S = 1.0
MOST_SAID = 3  # sentences that a row shows
KEPT_BEFORE_S = 1.5  # what was said so long before the process died is kept: it is written every second


@dataclass
class Stage:
    """What a row's fault works with.

    Attributes:
        wrong: sentences about what was not as expected; a row is good without any.
        seen: what is worth saying of it.
        struck, healed: when the fault began and ended.
        back_at: when what was away began to come back; 0: it was back at once.
        ends: processes that were told to end, and when.
    """

    site: ScaledOut
    load: Load
    wrong: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    struck: float = 0.0
    healed: float = 0.0
    back_at: float = 0.0
    ends: list[tuple[Web, float]] = field(default_factory=list)

    def begin(self) -> None:
        """The fault begins."""
        self.struck = time.monotonic()

    def back(self) -> None:
        """What was away begins to come back."""
        self.back_at = time.monotonic()

    @property
    def away_until(self) -> float:
        """Until when it was away for certain."""
        return self.back_at or self.healed

    def heal(self) -> None:
        """The fault has ended."""
        self.healed = time.monotonic()

    def require(self, is_so: object, otherwise: str) -> None:
        """Note what was not as expected."""
        if not is_so:
            self.wrong.append(otherwise)


Strike = Callable[[Stage], None]


@dataclass(frozen=True)
class Row:
    """A row of the drill.

    Attributes:
        expected: in words.
        strike: does the fault and ends it; calls ``begin`` and ``heal``.
        judge: looks at the tally afterwards, for what is this row's own.
        cuts: answers may be cut off, with a mark.
        askers: who ask steadily.
        longest_s: of a request; answers that take longer by their nature need more.
    """

    name: str
    expected: str
    strike: Strike
    judge: Callable[[Stage, Tally], None] | None = None
    cuts: bool = False
    askers: int = 4
    longest_s: float = ENDS_WITHIN_S


def run(row: Row, site: ScaledOut, headers: dict[str, str]) -> bool:
    """Do a row and print its line; True when it was as expected."""
    site.wait_whole()
    revived = site.revived
    stage = Stage(site, Load(site, headers, row.askers))
    stage.load.start()
    time.sleep(BEFORE_S)
    try:
        row.strike(stage)
        whole_s = site.wait_whole()
        time.sleep(AFTER_S)
    finally:
        tally = stage.load.end()
    asyncio.run(balance(stage, tally, cuts=row.cuts, longest_s=row.longest_s))
    _probes_in_time(stage, tally)
    if site.revived > revived:
        stage.seen.append("PgBouncer crashed and was started again")
    if row.judge is not None:
        row.judge(stage, tally)
    _say(row, stage, whole_s)
    return not stage.wrong


def _say(row: Row, stage: Stage, whole_s: float) -> None:
    verdict = "FAILED: " + "; ".join(stage.wrong) if stage.wrong else "ok"
    seconds = f"{stage.healed - stage.struck:.0f} + {whole_s:.1f}"
    sys.stdout.write(f"| {row.name} | {row.expected} | {'; '.join(stage.seen)} | {seconds} | {verdict} |\n")
    sys.stdout.flush()


async def balance(stage: Stage, tally: Tally, *, cuts: bool, longest_s: float) -> None:
    """Every question has an answer, a mark or a sentence; every file that was taken is there."""
    counts = {name: len(tally.of(name)) for name in ("answered", "cut", "told", "lost", "")}
    stage.seen.append(
        f"{len(tally.questions)} questions: {counts['answered']} answered"
        + "".join(f", {counts[name]} {name}" for name in ("cut", "told") if counts[name])
    )
    if sentences := sorted({question.said for question in tally.of("told")}):
        stage.seen.append(f"told: {' / '.join(sentences[:MOST_SAID])}")
    for question in tally.of("lost", ""):
        stage.wrong.append(f"question {question.number} lost: {question.said or question.failures[-1:]}")
    if not cuts and counts["cut"]:
        stage.wrong.append(f"{counts['cut']} answers cut: {tally.of('cut')[0].said}")
    stage.require(not sum(question.repeats for question in tally.questions), "events came twice")
    _requests_in_time(stage, tally, longest_s)
    await _rows(stage, tally)
    _files(stage, tally)


def _requests_in_time(stage: Stage, tally: Tally, longest_s: float) -> None:
    late = []
    for question in tally.questions:
        limit_s = TAKEN_OVER_WITHIN_S if question.outcome == "cut" else longest_s
        late += [seconds for seconds, _ in question.requests if seconds > limit_s]
    stage.require(not late, f"{len(late)} requests took up to {max(late, default=0):.1f} s")
    answers = [max(seconds for seconds, _ in one.requests) for one in tally.questions if one.requests]
    stage.seen.append(f"longest request {max(answers, default=0):.1f} s")
    slow = [upload for upload in tally.uploads if upload.took_s > ENDS_WITHIN_S]
    stage.require(not slow, f"{len(slow)} uploads took up to {max((one.took_s for one in slow), default=0):.1f} s")


async def _rows(stage: Stage, tally: Tally) -> None:
    """What PostgreSQL has of every question that was begun."""
    asked = {question.run_id: question for question in tally.questions if question.run_id}
    connection = await asyncpg.connect(stage.site.postgres.url.replace("+asyncpg", ""))
    try:
        runs = await connection.fetch(
            "SELECT r.id::text, r.state, r.answer, r.cached, count(s.id) FILTER (WHERE s.type = 'assistant_message') AS messages, "
            "max(s.output) FILTER (WHERE s.type = 'assistant_message') AS output FROM answer_runs r "
            "LEFT JOIN steps s ON s.answer_run_id = r.id WHERE r.id = ANY($1::uuid[]) GROUP BY r.id",
            list(asked),
        )
        open_runs = await connection.fetchval("SELECT count(*) FROM answer_runs WHERE state IN ('running', 'queued')")
    finally:
        await connection.close()
    stage.require(not open_runs, f"{open_runs} answers are still running in the database")
    stage.require(len(runs) == len(asked), f"{len(asked) - len(runs)} questions have no row")
    for run in runs:
        _one(stage, asked[run["id"]], run)


def _one(stage: Stage, question: Question, run: asyncpg.Record) -> None:
    name = f"question {question.number}"
    if question.outcome in ("answered", "cut"):
        stage.require(run["messages"] == 1, f"{name} ({question.outcome}) has {run['messages']} messages below it")
    if question.outcome == "answered" and question.mode != "refused":
        stage.require(run["answer"], f"{name} has no answer in the database")
        stage.require(run["answer"] == question.text, f"{name} has another answer in the database")
    if question.outcome == "cut":
        died = stage.struck - KEPT_BEFORE_S
        said = "".join(text for at, text in question.seen if at < died)
        kept = len((run["answer"] or "").split())
        stage.require(kept >= len(said.split()), f"{name} kept {kept} of {len(said.split())} words")


def _files(stage: Stage, tally: Tally) -> None:
    taken = [upload for upload in tally.uploads if upload.document_id]
    lost = [upload for upload in taken if upload.state != "finished"]
    stage.require(not lost, f"{len(lost)} files not read: {[one.state for one in lost]}")
    for upload in taken:
        points = stage.site.indexed(upload.document_id)
        stage.require(points == 1, f"file {upload.number} has {points} passages in the index")
    silent = [upload for upload in tally.uploads if not upload.document_id and not upload.said]
    stage.require(not silent, f"{len(silent)} files got no answer")
    broken = [upload for upload in tally.uploads if upload.status == 500]
    stage.require(not broken, f"{len(broken)} files got a 500")
    told = len(tally.uploads) - len(taken)
    stage.seen.append(f"{len(taken)} files read" + (f", {told} refused with a sentence" if told else ""))


def _probes_in_time(stage: Stage, tally: Tally) -> None:
    times = sorted(probe.took_s for probe in tally.probes if probe.status)
    p95 = times[int(0.95 * (len(times) - 1))] if times else 0.0
    stage.require(p95 <= PROBE_WITHIN_S, f"ready answered after {p95:.1f} s (p95)")
    stage.seen.append(f"ready answered in {p95:.2f} s (p95)")


def expect_ready(
    stage: Stage, tally: Tally, process: Web, status: int, word: str = "", part: str = "", after_s: float = 2.5
) -> None:
    """From some seconds after the fault's beginning to its end a process said this, each time.

    Args:
        word: empty: any; a busy machine makes a part late now and then.
        part: that is named in the reasons.
    """
    probes = tally.probed(process, stage.struck + after_s, stage.away_until - 1.0)
    name = process.log.stem
    stage.require(probes, f"{name} was not probed")
    for probe in probes:
        is_so = probe.status == status and word in ("", probe.word) and (not part or part in probe.parts)
        said = f"{probe.status} {probe.word} ({', '.join(probe.parts)}) {probe.at - stage.struck:.1f} s after the fault"
        if not is_so:
            stage.wrong.append(f"{name} said {said}")
            return
