"""The dashboard: charts and lists for admins, for a day, a week, a month or a quarter."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse

from admin.charts import Figure, Values, bars, lines
from admin.pages import Admin, console_router, page
from answers.dashboard import Dashboard, Overview, SpentOn, percentiles
from core.words import Catalogue
from web import formats
from web.deps import service
from web.language import words_of

SECTION = "/admin"
MOST_MODELS = 5  # of a chart; the rest is one series

router = console_router(SECTION)


@router.get("")
async def dashboard(
    request: Request,
    me: Admin,
    dashboard: Annotated[Dashboard, service("dashboard")],
    name: Annotated[str, Query(alias="range", max_length=20)] = "week",
) -> HTMLResponse:
    """The page. A range that there is not is a week."""
    overview = await dashboard.overview(me, name)
    return page(
        request, me, "admin/dashboard.html", section=SECTION, view=overview, charts=Charts(overview, words_of(request))
    )


@dataclass(frozen=True, slots=True)
class ByModel:
    """A chart with a series for each model, and their names; the last may be None: all other models."""

    figure: Figure
    names: Sequence[str | None]


class Charts:
    """The charts of an overview, drawn when a template asks for them."""

    def __init__(self, overview: Overview, words: Catalogue) -> None:
        self._words = words
        self._points = overview.points
        self._starts = [point.starts_at for point in overview.points]
        self._minutes = overview.range.step.total_seconds() / 60
        self._models = overview.models

    @property
    def people(self) -> Figure:
        """Different people who asked."""
        return bars(self._starts, [self._counts("people")], self._number, self._words, is_whole=True)

    @property
    def questions(self) -> Figure:
        """Questions per minute."""
        return lines(
            self._starts,
            [[count / self._minutes for count in self._counts("questions")]],
            self._written(formats.rate),
            self._words,
        )

    @property
    def failures(self) -> Figure:
        """Share of the questions that failed, and of those answered by another model than the first."""
        return lines(
            self._starts,
            [self._shares(name, "questions") for name in ("errors", "fallbacks")],
            self._written(formats.percent),
            self._words,
        )

    @property
    def refusals(self) -> Figure:
        """Share of the questions for which there was no evidence, and of the answers with an unsupported sentence."""
        return lines(
            self._starts,
            [self._shares("refused", "questions"), self._shares("unsupported", "done")],
            self._written(formats.percent),
            self._words,
        )

    @property
    def first_token(self) -> Figure:
        """Time to the first token: p50, p95, p99."""
        return self._durations("first_token")

    @property
    def total(self) -> Figure:
        """Time to the end: p50, p95, p99."""
        return self._durations("total")

    @property
    def caches(self) -> Figure:
        """Hit rates of the caches of answers, searches and question vectors."""
        answered = [point.cached_exact + point.cached_semantic for point in self._points]
        series = [
            [_share(hits, point.questions) for hits, point in zip(answered, self._points, strict=True)],
            self._shares("searches_cached", "searches"),
            self._shares("embeddings_cached", "embeddings"),
        ]
        return lines(self._starts, series, self._written(formats.percent), self._words)

    @property
    def ratings(self) -> Figure:
        """Thumbs up and down."""
        return bars(
            self._starts,
            [self._counts("thumbs_up"), self._counts("thumbs_down")],
            self._number,
            self._words,
            is_whole=True,
        )

    @property
    def queue(self) -> Figure:
        """The highest number of files and questions in the queues."""
        return bars(self._starts, [self._counts("deepest_queue")], self._number, self._words, is_whole=True)

    @property
    def jobs(self) -> Figure:
        """How jobs ended."""
        names = ("jobs_finished", "jobs_failed", "jobs_stopped")
        return bars(self._starts, [self._counts(name) for name in names], self._number, self._words, is_whole=True)

    @property
    def tokens(self) -> ByModel:
        """Tokens by model and day."""
        return self._by_model(lambda spent: spent.input_tokens + spent.output_tokens, self._written(formats.compact))

    @property
    def cost(self) -> ByModel:
        """US dollars by model and day."""
        return self._by_model(lambda spent: float(spent.cost_usd), self._written(formats.dollars))

    def _written(self, write: Callable[[float, Catalogue], str]) -> Callable[[float], str]:
        return lambda value: write(value, self._words)

    def _number(self, value: float) -> str:
        return formats.number(value, self._words)

    def _counts(self, name: str) -> list[int]:
        return [getattr(point, name) for point in self._points]

    def _shares(self, name: str, of: str) -> Values:
        return [_share(getattr(point, name), getattr(point, of)) for point in self._points]

    def _durations(self, name: str) -> Figure:
        series = list(zip(*(percentiles(getattr(point, name)) for point in self._points), strict=True))
        return lines(self._starts, series, partial(formats.seconds, words=self._words), self._words)

    def _by_model(self, amount: Callable[[SpentOn], float], show: Callable[[float], str]) -> ByModel:
        days: list[datetime] = list(self._models)
        totals: dict[str, float] = {}
        for models in self._models.values():
            for name, spent in models.items():
                totals[name] = totals.get(name, 0.0) + amount(spent)
        names = sorted(totals, key=lambda name: (-totals[name], name))
        shown = names if len(names) <= MOST_MODELS else names[: MOST_MODELS - 1]
        rest = names[len(shown) :]

        def of(*models: str) -> list[float]:
            return [
                sum(amount(self._models[day][name]) for name in models if name in self._models[day]) for day in days
            ]

        series = [*map(of, shown), *([of(*rest)] if rest else [])]
        return ByModel(
            bars(days, series or [[0.0] * len(days)], show, self._words), [*shown, *([None] if rest else [])]
        )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
