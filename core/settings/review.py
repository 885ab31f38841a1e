"""Settings of the review queue."""

from pydantic import Field

from core.settings.section import InFile, Section


class ReviewSettings(Section):
    """What becomes an item of the review queue, besides answers that people send to the admins."""

    thumbs_down: InFile[bool] = Field(True, description="Answers that somebody gave a thumbs down become review items.")
    comments: InFile[bool] = Field(True, description="Answers that somebody commented on become review items.")
    refused: InFile[bool] = Field(True, description="Questions that the documents did not answer become review items.")
    unsupported: InFile[bool] = Field(
        True, description="Answers with sentences that their sources do not support become review items."
    )
    failed: InFile[bool] = Field(True, description="Questions whose answering failed become review items.")
