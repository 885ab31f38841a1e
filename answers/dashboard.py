"""The dashboard: what the sums say about the last day, week, month or quarter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from core.access import Principal, may_read
from core.values import Frozen
from db import sum_report
from db.base import now
from db.models import ActivitySum, ModelSum
from db.session import Database
from db.sum_report import Grain, Present, RankedQuestion, WorstDocument
from db.sums import hours
from db.sums.histogram import added, percentiles_ms
from db.sums.questions import FEWEST_PEOPLE

MOST = 10  # rows of a list
SHARES = (0.5, 0.95, 0.99)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Range(Frozen):
    """A range that the dashboard shows.

    Attributes:
        grain: of its points.
        points: number of points, the last of which is still going on.
    """

    name: str
    days: int
    grain: Grain
    points: int

    @property
    def step(self) -> timedelta:
        """From one point to the next."""
        return HOUR if self.grain == "hour" else DAY


RANGES: Mapping[str, Range] = {
    one.name: one
    for one in (
        Range(name="day", days=1, grain="hour", points=24),
        Range(name="week", days=7, grain="hour", points=168),
        Range(name="month", days=30, grain="day", points=30),
        Range(name="quarter", days=91, grain="day", points=91),
    )
}


@dataclass(frozen=True, slots=True)
class SpentOn:
    """What was spent on a model on one day."""

    input_tokens: int
    output_tokens: int
    cost_usd: Decimal


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document of bad answers; ``title`` is None for an admin who may not see the document."""

    title: str | None
    sums: WorstDocument


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the dashboard shows.

    Attributes:
        points: one for each hour or day of the range, without a gap.
        today: the sums of the present day, for numbers of people; None before the first.
        models: day → model → what was spent, for all days of the range (a week at least).
        shows_all_questions: also what fewer than ``fewest_people`` asked.
        summed_at, ranked_at: up to when the sums and the lists of questions are complete; None before they are first made.
    """

    range: Range
    points: Sequence[ActivitySum]
    today: ActivitySum | None
    models: Mapping[datetime, Mapping[str, SpentOn]]
    documents: Sequence[DocumentView]
    asked: Sequence[RankedQuestion]
    unanswered: Sequence[RankedQuestion]
    present: Present
    shows_all_questions: bool
    fewest_people: int
    summed_at: datetime | None
    ranked_at: datetime | None

    def total(self, name: str) -> int:
        """A count over the whole range."""
        return sum(getattr(point, name) for point in self.points)

    def share(self, name: str, *of: str) -> float | None:
        """One count as a share (0 to 1) of others over the whole range; None when these are 0."""
        whole = sum(map(self.total, of))
        return self.total(name) / whole if whole else None

    def percentiles(self, name: str) -> tuple[float | None, ...]:
        """p50, p95 and p99 of ``first_token`` or ``total`` over the whole range, in seconds."""
        return percentiles(added(getattr(point, name) for point in self.points))


class Dashboard:
    """Reads the sums for admins.

    Args:
        shows_all_questions: also questions that only one or two people asked; else these stay between them and their answers.
    """

    def __init__(self, database: Database, *, shows_all_questions: bool = False) -> None:
        self._database = database
        self._shows_all_questions = shows_all_questions

    async def overview(self, principal: Principal, range_name: str) -> Overview:
        """What happened in a range of :data:`RANGES`; the week for a name that is not known. Raises NotPermitted."""
        wanted = RANGES.get(range_name, RANGES["week"])
        present = now()
        last = hours.hour_of(present) if wanted.grain == "hour" else hours.day_of(present)
        starts = [last - wanted.step * back for back in reversed(range(wanted.points))]
        first_day = hours.day_of(present - DAY * (max(wanted.days, 7) - 1))
        lists = {"days": wanted.days, "limit": MOST, "fewest_people": 1 if self._shows_all_questions else FEWEST_PEOPLE}
        async with self._database.reader() as session:
            sums = await sum_report.activity(session, principal, wanted.grain, starts[0])
            today = await sum_report.activity(session, principal, "day", hours.day_of(present))
            models = await sum_report.models(session, principal, first_day.date())
            documents = await sum_report.worst_documents(session, principal, starts[0].date(), MOST)
            asked = await sum_report.questions(session, principal, kind="asked", **lists)
            unanswered = await sum_report.questions(session, principal, kind="unanswered", **lists)
            waiting = await sum_report.present(session, principal)
            until = await sum_report.summed_until(session, principal)
        return Overview(
            range=wanted,
            points=list(_without_gaps(sums, starts)),
            today=today[-1] if today else None,
            models=_by_day(models, first_day, hours.day_of(present)),
            documents=[_shown(principal, document) for document in documents],
            asked=asked,
            unanswered=unanswered,
            present=waiting,
            shows_all_questions=self._shows_all_questions,
            fewest_people=FEWEST_PEOPLE,
            summed_at=until.get("hours"),
            ranked_at=until.get("questions"),
        )


def percentiles(buckets: Sequence[int]) -> tuple[float | None, ...]:
    """p50, p95 and p99 of a histogram, in seconds; each None when nothing was counted."""
    found = percentiles_ms(buckets, SHARES)
    return (None,) * len(SHARES) if found is None else tuple(ms / 1000 for ms in found)


def _without_gaps(sums: Sequence[ActivitySum], starts: Sequence[datetime]) -> Iterator[ActivitySum]:
    found = {row.starts_at: row for row in sums}
    for start in starts:
        yield found.get(start) or _nothing(start)


def _nothing(start: datetime) -> ActivitySum:
    counts = dict.fromkeys((column.name for column in ActivitySum.__table__.columns), 0)
    return ActivitySum(**counts | {"starts_at": start, "first_token": [], "total": []})


def _by_day(rows: Sequence[ModelSum], first: datetime, last: datetime) -> dict[datetime, dict[str, SpentOn]]:
    days: dict[datetime, dict[str, SpentOn]] = {first + DAY * n: {} for n in range((last - first).days + 1)}
    by_date = {day.date(): models for day, models in days.items()}
    for row in rows:
        if row.day in by_date:
            by_date[row.day][row.model] = SpentOn(row.input_tokens, row.output_tokens, row.cost_usd)
    return days


def _shown(principal: Principal, document: WorstDocument) -> DocumentView:
    return DocumentView(document.title if may_read(principal, document.library_id) else None, document)
