"""Ways of hiding and showing text that PowerPoint has."""

from typing import Any

import pytest

from parsing.visibility.verdict import INVISIBLE, OFF_PAGE, SAME_COLOUR, TINY
from tests import looks
from tests.looks import DARK, SEEN, WHITE, Look, Place, Way
from tests.unit.parsing.formats.conftest import Read


def letters(properties: str, attributes: str = "", **kwargs: Any) -> Place:
    """A PPTX with a run of these properties."""
    said = f"<a:p><a:r><a:rPr {attributes}>{properties}</a:rPr><a:t>{{text}}</a:t></a:r></a:p>"
    return looks.slide(looks.shape(said, **kwargs))


def scheme(name: str, changes: str = "") -> str:
    return f'<a:solidFill><a:schemeClr val="{name}">{changes}</a:schemeClr></a:solidFill>'


TABLE = (
    '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="9" name="t"/><p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr><p:xfrm/>'
    f"<a:graphic><a:graphicData><a:tbl><a:tr><a:tc><a:txBody>{looks.SLIDE_TEXT}</a:txBody><a:tcPr>%s</a:tcPr></a:tc><a:tc/></a:tr></a:tbl>"
    "</a:graphicData></a:graphic></p:graphicFrame>"
)
GROUP = (
    '<p:grpSp><p:nvGrpSpPr><p:cNvPr id="8" name="g"/></p:nvGrpSpPr><p:grpSpPr><a:xfrm><a:off x="-90000000" y="0"/>'
    '<a:ext cx="9000000" cy="9000000"/><a:chOff x="0" y="0"/><a:chExt cx="9000000" cy="9000000"/></a:xfrm></p:grpSpPr>%s</p:grpSp>'
)
PHOTO = '<p:pic><p:nvPicPr/><p:blipFill/><p:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="9000000" cy="6000000"/></a:xfrm></p:spPr></p:pic>'
TITLE = looks.shape(looks.SLIDE_TEXT).replace("<p:nvPr/>", '<p:nvPr><p:ph type="title"/></p:nvPr>')

SLIDES: dict[str, Way] = {
    "transparent": (
        letters('<a:solidFill><a:srgbClr val="000000"><a:alpha val="0"/></a:srgbClr></a:solidFill>'),
        WHITE,
        INVISIBLE,
    ),
    "nearly transparent": (
        letters('<a:solidFill><a:srgbClr val="000000"><a:alpha val="6000"/></a:srgbClr></a:solidFill>'),
        WHITE,
        SAME_COLOUR,
    ),
    "without a fill": (letters("<a:noFill/>"), WHITE, INVISIBLE),
    "an outline": (letters("<a:ln><a:solidFill/></a:ln><a:noFill/>"), WHITE, SEEN),
    "a shadow": (letters("{colour}<a:effectLst><a:outerShdw/></a:effectLst>"), WHITE, SEEN),
    "a link": (letters("{colour}<a:hlinkClick/>"), WHITE, SEEN),
    "one point": (letters("", 'sz="100"'), WHITE, TINY),
    "white of the theme": (letters(scheme("bg1")), WHITE, SAME_COLOUR),
    "white of the theme, a little darker": (letters(scheme("bg1", '<a:lumMod val="95000"/>')), WHITE, SAME_COLOUR),
    "white of the theme, darker": (letters(scheme("bg1", '<a:lumMod val="50000"/>')), WHITE, SEEN),
    "black of the theme, nearly white": (
        letters(scheme("tx1", '<a:lumMod val="5000"/><a:lumOff val="95000"/>')),
        WHITE,
        SAME_COLOUR,
    ),
    "a change that is not known": (letters(scheme("bg1", '<a:hueOff val="5000"/>')), WHITE, SEEN),
    "a named colour": (letters('<a:solidFill><a:prstClr val="white"/></a:solidFill>'), WHITE, SAME_COLOUR),
    "a short name": (
        letters('<a:solidFill><a:prstClr val="dkBlue"/></a:solidFill>', fill=looks.solid("00008B")),
        WHITE,
        SAME_COLOUR,
    ),
    "light": (letters('<a:solidFill><a:scrgbClr r="99000" g="99000" b="99000"/></a:solidFill>'), WHITE, SAME_COLOUR),
    "a gradient behind": (letters("{colour}", fill="<a:gradFill/>"), WHITE, SEEN),
    "a picture behind": (looks.slide(PHOTO + looks.shape(looks.SLIDE_TEXT)), WHITE, SEEN),
    "a shape partly behind": (looks.slide(looks.shape(fill="{fill}", x=2) + looks.shape(looks.SLIDE_TEXT)), DARK, SEEN),
    "a round shape behind": (
        looks.slide(looks.shape(fill="{fill}", kind="ellipse") + looks.shape(looks.SLIDE_TEXT)),
        DARK,
        SEEN,
    ),
    "a dark shape elsewhere": (
        looks.slide(looks.shape(fill=looks.solid("203040"), y=4) + looks.shape(looks.SLIDE_TEXT)),
        WHITE,
        SAME_COLOUR,
    ),
    "a dark shape in front": (
        looks.slide(looks.shape(looks.SLIDE_TEXT) + looks.shape(fill=looks.solid("203040"), x=3)),
        WHITE,
        SAME_COLOUR,
    ),
    "a style of shapes": (
        letters(
            "{colour}", fill="", more='<p:style><a:fillRef idx="1"><a:schemeClr val="accent1"/></a:fillRef></p:style>'
        ),
        WHITE,
        SEEN,
    ),
    "a highlight": (letters('{colour}<a:highlight><a:srgbClr val="203040"/></a:highlight>'), WHITE, SEEN),
    "a dark cell": (looks.slide(TABLE % "{fill}"), DARK, SEEN),
    "a white cell": (looks.slide(TABLE % "{fill}"), Look("FAFAFA", "FFFFFF"), SAME_COLOUR),
    "a cell of a style": (looks.slide(TABLE % ""), WHITE, SEEN),
    "a title": (looks.slide(TITLE), WHITE, SAME_COLOUR),
    "left of the slide": (looks.slide(looks.shape("<a:p><a:r><a:t>{text}</a:t></a:r></a:p>", x=-9)), WHITE, OFF_PAGE),
    "in a group left of the slide": (
        looks.slide(GROUP % looks.shape("<a:p><a:r><a:t>{text}</a:t></a:r></a:p>")),
        WHITE,
        OFF_PAGE,
    ),
    "a gradient of the slide": (looks.slide(looks.shape(looks.SLIDE_TEXT), background="<a:gradFill/>"), DARK, SEEN),
}


@pytest.mark.parametrize("way", SLIDES)
def test_what_powerpoint_hides_and_shows(read: Read, way: str) -> None:
    looks.judge(read, SLIDES[way])
