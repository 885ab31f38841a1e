"""A tall picture (a screenshot of a long page) in bands that are read one by one: all at once takes more memory than there is."""

from collections.abc import Iterator

from PIL import Image, ImageChops

TALL = 2.5  # times as high as wide
BAND = 1.5  # heights of a band, in widths
LEAST_BAND = 1.0
FLAT = 12  # grey levels in a row of points where nothing is written


def bands(picture: Image.Image) -> Iterator[tuple[Image.Image, float, float]]:
    """The picture, or parts of it from top to bottom, cut between lines; with the edges of each as fractions of its height."""
    width, height = picture.size
    if height <= TALL * width:
        yield picture, 0.0, 1.0
        return
    contrast = _contrast(picture)
    top = 0
    while top < height:
        bottom = height if height - top <= BAND * width else _cut(contrast, top, width)
        yield picture.crop((0, top, width, bottom)), top / height, bottom / height
        top = bottom


def _cut(contrast: bytes, top: int, width: int) -> int:
    """The middle of the highest gap in which a band may end, or the emptiest row there."""
    first, last = top + max(int(LEAST_BAND * width), 1), top + max(int(BAND * width), 2)
    best = (0, min(range(first, last), key=lambda row: (contrast[row], -row)))
    start = None
    for row in range(first, last + 1):
        if row < last and contrast[row] <= FLAT:
            start = row if start is None else start
        elif start is not None:
            best = max(best, (row - start, (start + row) // 2))
            start = None
    return best[1]


def _contrast(picture: Image.Image) -> bytes:
    """How much the points of each row differ from their neighbours to the right, at most."""
    grey = picture.convert("L")
    edges = ImageChops.difference(grey, ImageChops.offset(grey, 1, 0))
    stripes = edges.crop((1, 0, max(grey.width, 2), grey.height))
    while stripes.width > 1:  # the maximum of both halves, until one column is left
        half = (stripes.width + 1) // 2
        right = stripes.crop((stripes.width - half, 0, stripes.width, stripes.height))
        stripes = ImageChops.lighter(stripes.crop((0, 0, half, stripes.height)), right)
    return stripes.tobytes()
