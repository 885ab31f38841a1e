"""Settings of how long things are kept."""

from pydantic import Field

from core.settings.section import InFile, Section


class RetentionSettings(Section):
    """How long conversations and exports are kept. Libraries have a time of their own, set in the console."""

    conversations_days: int = Field(
        0,
        ge=0,
        le=36_500,
        description="Days after its last use that a conversation is deleted, with its answers and ratings; 0: it is kept.",
    )
    exports_hours: InFile[int] = Field(
        72, ge=1, le=24 * 90, description="Hours that the file of a person's exported data is kept."
    )
    every_s: InFile[int] = Field(
        3600, ge=60, le=7 * 86_400, description="How often what is old enough is deleted, in seconds."
    )
