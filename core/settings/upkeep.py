"""Settings of upkeep in quiet hours."""

from pydantic import Field

from core.settings.section import InFile, Section


class UpkeepSettings(Section):
    """Clearing up and warming, done by workers of the queue ``maintenance``."""

    prune_every_s: InFile[int] = Field(
        3600,
        ge=60,
        le=7 * 86_400,
        description="How often expired sign-ins and files that belong to nothing are removed, in seconds.",
    )
    orphan_age_s: InFile[int] = Field(
        86_400,
        ge=3600,
        le=90 * 86_400,
        description="Age from which a stored file that no document names is removed, in seconds; uploads must be faster.",
    )
    optimise_every_s: InFile[int] = Field(
        86_400,
        ge=600,
        le=30 * 86_400,
        description="How often the search index is cleared of deleted chunks at most, in seconds.",
    )
    idle_s: InFile[int] = Field(
        900,
        ge=10,
        le=86_400,
        description="Time without a question or a file to read after which the search index may be cleared, in seconds;"
        " questions wait meanwhile.",
    )
    warm_questions: InFile[int] = Field(
        20,
        ge=0,
        le=1000,
        description="Frequent questions that are asked again after a start or a new index, so that their answers come at once;"
        " 0: none.",
    )
    warm_days: InFile[int] = Field(30, ge=1, le=365, description="Days back that frequent questions are looked for.")
    audit_days: InFile[int] = Field(
        0, ge=0, le=36_500, description="Days after which events are removed from the audit log; 0: never."
    )
