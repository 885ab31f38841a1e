"""What a process counts and times, by name. Without a recorder nothing is kept; :mod:`telemetry.exposition` has one.

Values of labels are few: a list that is known here, or names from the settings, of which the first ``most`` are told apart. Ids, names of
people and texts are never among them.
"""

from dataclasses import dataclass, field
from typing import Protocol

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Label:
    """One dimension of a series.

    Attributes:
        values: all there are; a value that is not among them counts as ``other``.
        most: where they are not known before: how many are told apart.
    """

    name: str
    values: tuple[str, ...] = ()
    most: int = 0

    @property
    def size(self) -> int:
        """The number of its values, ``other`` included."""
        return (len(self.values) or self.most) + 1


@dataclass(frozen=True)
class Series:
    """A family of series: its name without ``footnote_``, what it says, and its labels."""

    name: str
    help: str
    labels: tuple[Label, ...] = ()

    @property
    def combinations(self) -> int:
        """The most combinations of its labels."""
        product = 1
        for label in self.labels:
            product *= label.size
        return product


@dataclass(frozen=True)
class Count(Series):
    """A number that only grows."""

    def add(self, *values: str, amount: float = 1.0) -> None:
        """Add to the series with these values of the labels, in their order."""
        if _recorder is not None:
            _recorder.add(self, values, amount)


@dataclass(frozen=True)
class Times(Series):
    """A distribution of seconds.

    Attributes:
        bounds: of its buckets, in seconds, rising.
    """

    bounds: tuple[float, ...] = field(default=(0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0))

    def add(self, seconds: float, *values: str) -> None:
        """Add a time to the series with these values of the labels, in their order."""
        if _recorder is not None:
            _recorder.time(self, values, seconds)


class Recorder(Protocol):
    """Keeps what is counted. Thread-safe."""

    def add(self, series: Count, values: tuple[str, ...], amount: float) -> None:
        """Add to a count."""

    def time(self, series: Times, values: tuple[str, ...], seconds: float) -> None:
        """Add to a distribution."""


_recorder: Recorder | None = None


def record(recorder: Recorder | None) -> None:
    """From now on tell this recorder, or nobody."""
    global _recorder
    _recorder = recorder


DOORS = ("api", "openai", "mcp", "admin", "account", "health", "chat")
STAGES = (
    *(
        "prepare",
        "standalone",
        "route",
        "compose",
        "tables",
        "search_cache",
        "embed",
        "search",
        "words",
        "shown",
        "rerank",
    ),
    *("threshold", "expand", "deduplicate", "pack", "answer", "check"),
)
STATES = ("done", "refused", "error", "stopped")
CACHES = ("answers", "questions", "searches", "history", "embeddings")
JOB_STAGES = ("parsing", "chunking", "embedding", "indexing")
QUEUES = ("ingestion", "answers", "maintenance")
JOB_STATES = ("queued", "started", "finished", "failed", "stopped")
PARTS = ("postgres", "redis", "index", "files", "embeddings", "llm", "models")

_DOOR, _MODEL = Label("door", DOORS), Label("model", most=8)

REQUESTS = Count(
    "http_requests", "HTTP requests that were answered.", (_DOOR, Label("status", ("2xx", "3xx", "4xx", "5xx")))
)
REQUEST_SECONDS = Times(
    "http_request_seconds",
    "Time from a request to the head of its response: streams go on afterwards.",
    (_DOOR,),
    (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
ANSWERS = Count("answers", "Answers that ended.", (Label("state", STATES), Label("cached", ("yes", "no"))))
FIRST_TOKEN_SECONDS = Times("first_token_seconds", "Time from a question to the first word of its answer.")
ANSWER_SECONDS = Times(
    "answer_seconds", "Time from a question to the end of its answer.", (), (0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
)
STAGE_SECONDS = Times(
    "answer_stage_seconds", "Time of each stage of an answer.", (Label("stage", STAGES),), (0.01, 0.05, 0.2, 1.0, 5.0)
)
TOKENS = Count("model_tokens", "Tokens that language models took.", (_MODEL, Label("direction", ("input", "output"))))
COST = Count("model_cost_usd", "What language models cost by the prices of the settings, in US dollars.", (_MODEL,))
LOOKUPS = Count("cache_lookups", "Looks into a cache.", (Label("cache", CACHES), Label("result", ("hits", "misses"))))
JOBS_ENDED = Count(
    "ingestion_jobs",
    "Attempts at reading a file that ended.",
    (Label("outcome", ("finished", "failed", "postponed", "lost")),),
)
JOB_STAGE_SECONDS = Times(
    "ingestion_stage_seconds",
    "Time of each stage of reading a file.",
    (Label("stage", JOB_STAGES),),
    (0.1, 0.5, 2.0, 10.0, 60.0, 600.0),
)
LEASES_LOST = Count(
    "leases_lost", "Work whose process fell silent, found by this one.", (Label("kind", ("job", "answer")),)
)
ALL: tuple[Series, ...] = (
    *(REQUESTS, REQUEST_SECONDS, ANSWERS, FIRST_TOKEN_SECONDS, ANSWER_SECONDS, STAGE_SECONDS, TOKENS, COST, LOOKUPS),
    *(JOBS_ENDED, JOB_STAGE_SECONDS, LEASES_LOST),
)
