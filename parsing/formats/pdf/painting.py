"""What is painted on a PDF page besides its text."""

from typing import NamedTuple

from parsing.visibility.geometry import Box
from parsing.visibility.verdict import Verdict


class Painting(NamedTuple):
    """What is painted on a page besides text that is seen.

    Attributes:
        hidden: what was said by text that nobody sees.
        pictures: where pictures and shadings stand, in points.
        rules: where lines run across, in points; the first few thousand.
        shapes: how many shapes there are; letters may be drawn as shapes.
    """

    hidden: list[Verdict]
    pictures: list[Box]
    rules: list[Box]
    shapes: int
