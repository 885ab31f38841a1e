"""A colour as every format's adapter understands it, and when two of them cannot be told apart."""

import colorsys
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from tinycss2.color4 import parse_color  # type: ignore[import-untyped]

CLOSE = 24  # of 255: colours that differ by no more in each of red, green and blue look the same
LEAST_ALPHA = 0.03  # less than this is not seen at all
HEX_DIGITS = re.compile(r"[0-9a-f]{6}", re.IGNORECASE)
XYZ_TO_RGB = (
    (3.2409699, -1.5373832, -0.4986108),
    (-0.9692436, 1.8759675, 0.0415551),
    (0.0556301, -0.203977, 1.0569715),
)


class Colour(NamedTuple):
    """Red, green and blue of 0 to 255, and how opaque it is, 0 to 1."""

    red: int
    green: int
    blue: int
    alpha: float = 1.0

    @classmethod
    def from_hex(cls, digits: str) -> "Colour | None":
        """Six digits, as office files write them, with a ``#`` or without; None for anything else."""
        digits = digits.removeprefix("#")
        return cls(*bytes.fromhex(digits)) if HEX_DIGITS.fullmatch(digits) else None

    @classmethod
    def from_css(cls, text: Any) -> "Colour | None":
        """A colour of CSS: a name, digits, ``rgb()``, ``hsl()``, ``oklch()`` and so on, or such a component value of tinycss2.

        Returns:
            None for ``currentcolor``, for ``var()`` and other functions, for spaces that are not turned into sRGB, for anything else.
        """
        try:
            found = parse_color(text)
            if found is None or isinstance(found, str):
                return None
            if found.space in ("oklab", "oklch"):
                xyz = found.to("xyz-d65").coordinates
                return cls.from_light(*(sum(map(float.__mul__, row, xyz)) for row in XYZ_TO_RGB)).with_alpha(
                    found.alpha
                )
            red, green, blue = found.to("srgb").coordinates
        except (NotImplementedError, OverflowError, ValueError):
            return None
        return cls(_level(red), _level(green), _level(blue), found.alpha)

    @classmethod
    def from_light(cls, red: float, green: float, blue: float) -> "Colour":
        """From amounts of light, 0 to 1, which a screen gives off in another proportion than the numbers it is sent."""
        return cls(*(_level(_sent(part)) for part in (red, green, blue)))

    @property
    def light(self) -> tuple[float, float, float]:
        """Amounts of light, 0 to 1."""
        red, green, blue = (_given_off(level / 255) for level in self[:3])
        return red, green, blue

    @property
    def is_seen(self) -> bool:
        """False for what is as good as transparent."""
        return self.alpha > LEAST_ALPHA

    def distance(self, other: "Colour") -> int:
        """How much two opaque colours differ, 0 to 255: in red, green or blue, where they differ most."""
        return max(abs(self.red - other.red), abs(self.green - other.green), abs(self.blue - other.blue))

    def is_close(self, other: "Colour") -> bool:
        """True when nobody tells the two apart, both being opaque."""
        return self.distance(other) <= CLOSE

    def over(self, behind: "Colour") -> "Colour":
        """What is seen of it when it is painted over an opaque colour."""
        mixed = (
            round(own * self.alpha + other * (1 - self.alpha)) for own, other in zip(self, behind[:3], strict=False)
        )
        return Colour(*mixed)

    def with_alpha(self, alpha: float) -> "Colour":
        """The same colour, as opaque as this."""
        return self._replace(alpha=min(max(alpha, 0.0), 1.0))

    def with_light(self, change: Callable[[float], float]) -> "Colour":
        """The same hue with another lightness: a function of the present one, both 0 to 1."""
        hue, light, saturation = colorsys.rgb_to_hls(self.red / 255, self.green / 255, self.blue / 255)
        red, green, blue = colorsys.hls_to_rgb(hue, min(max(change(light), 0.0), 1.0), saturation)
        return Colour(_level(red), _level(green), _level(blue), self.alpha)

    def lighter(self, part: float) -> "Colour":
        """Nearer to white by a part of the way, 0 to 1; nearer to black when it is negative. Office calls it a tint."""
        return self.with_light(lambda light: light + (1 - light) * part if part > 0 else light * (1 + part))


def _level(part: float) -> int:
    return round(255 * min(max(part, 0.0), 1.0))


def _sent(light: float) -> float:
    return 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _given_off(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


WHITE = Colour(255, 255, 255)
BLACK = Colour(0, 0, 0)
TRANSPARENT = BLACK.with_alpha(0)


def is_lost(colour: Colour, behind: Colour) -> bool:
    """True for text that has the colour of what is behind it."""
    return colour.over(behind).is_close(behind)
