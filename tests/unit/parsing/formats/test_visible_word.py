"""Ways of hiding and showing text that Word has."""

import pytest

from parsing.visibility.verdict import COVERED, INVISIBLE, MARKED, OFF_PAGE, SAME_COLOUR, TINY
from tests import looks
from tests.looks import DARK, SEEN, WHITE, Look, Place, Way
from tests.unit.parsing.formats.conftest import Read


def run(properties: str, *, paragraph: str = "", more: str = "") -> Place:
    """A DOCX with a run of these properties in a paragraph of those."""
    return looks.word(
        f"<w:p><w:pPr>{paragraph}</w:pPr>{more}<w:r><w:rPr>{properties}</w:rPr><w:t>{{text}}</w:t></w:r></w:p>"
    )


def styled(styles: str, own: str = "", *, body: str = "") -> Place:
    """A DOCX with a run of the styles Para and Letters."""
    styles = styles.replace("<Para>", '<w:style w:type="paragraph" w:styleId="Para">').replace("</Para>", "</w:style>")
    styles = styles.replace("<Letters>", '<w:style w:type="character" w:styleId="Letters">').replace(
        "</Letters>", "</w:style>"
    )
    paragraph = (
        '<w:p><w:pPr><w:pStyle w:val="Para"/></w:pPr><w:r><w:rPr><w:rStyle w:val="Letters"/>'
        f"{own}</w:rPr><w:t>{{text}}</w:t></w:r></w:p>"
    )
    return looks.word(body.replace("{paragraph}", paragraph) or paragraph, styles=styles)


def theme(attributes: str) -> Place:
    """A DOCX with a run in a colour of the theme."""
    return run(f'<w:color w:val="000000" {attributes}/>')


def anchor(graphic: str, *, height: int = 9_000_000) -> str:
    """Something drawn behind the text of a DOCX."""
    return (
        f'<w:r><w:drawing><wp:anchor behindDoc="1"><wp:extent cx="7000000" cy="{height}"/>'
        f"<a:graphic><a:graphicData>{graphic}</a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>"
    )


PICTURE = "<a:blip/>"
WHITE_RUN = looks.WORD_PLAIN
PLAIN = "<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"
ROW = '<w:tbl><w:tr><w:trPr><w:trHeight w:val="%s" w:hRule="exact"/></w:trPr>' + f"<w:tc>{PLAIN}</w:tc></w:tr></w:tbl>"
COLOURED_TABLE = (
    '<w:style w:type="table" w:styleId="Grid"><w:tblStylePr w:type="firstRow"><w:tcPr><w:shd w:val="clear" w:fill="203040"/></w:tcPr>'
    "</w:tblStylePr></w:style>"
)
IN_TABLE = (
    f'<w:tbl><w:tblPr><w:tblStyle w:val="Grid"/></w:tblPr><w:tr><w:tc><w:p>{WHITE_RUN}</w:p></w:tc></w:tr></w:tbl>'
)

WORD: dict[str, Way] = {
    "hidden by a style": (styled("<Para><w:rPr><w:vanish/></w:rPr></Para>"), WHITE, MARKED),
    "hidden twice is shown": (
        styled("<Para><w:rPr><w:vanish/></w:rPr></Para><Letters><w:rPr><w:vanish/></w:rPr></Letters>"),
        WHITE,
        SEEN,
    ),
    "shown by itself": (styled("<Para><w:rPr><w:vanish/></w:rPr></Para>", '<w:vanish w:val="0"/>'), WHITE, SEEN),
    "white of the theme": (theme('w:themeColor="background1"'), WHITE, SAME_COLOUR),
    "white of the theme, darker": (theme('w:themeColor="background1" w:themeShade="80"'), WHITE, SEEN),
    "white of the theme, a little darker": (theme('w:themeColor="background1" w:themeShade="F2"'), WHITE, SAME_COLOUR),
    "black of the theme, nearly white": (theme('w:themeColor="text1" w:themeTint="08"'), WHITE, SAME_COLOUR),
    "black of the theme, grey": (theme('w:themeColor="text1" w:themeTint="80"'), WHITE, SEEN),
    "letters without a fill": (run("<w14:textFill><w14:noFill/></w14:textFill>"), WHITE, INVISIBLE),
    "letters of an outline": (run("<w14:textOutline/><w14:textFill><w14:noFill/></w14:textFill>"), WHITE, SEEN),
    "letters that are all transparent": (
        run(
            '<w14:textFill><w14:solidFill><w14:srgbClr w14:val="000000"><w14:alpha w14:val="100000"/>'
            "</w14:srgbClr></w14:solidFill></w14:textFill>"
        ),
        WHITE,
        INVISIBLE,
    ),
    "letters of a gradient": (
        run('<w:color w:val="FFFFFF"/><w14:textFill><w14:gradFill/></w14:textFill>'),
        WHITE,
        SEEN,
    ),
    "one point": (run('<w:sz w:val="2"/>'), WHITE, TINY),
    "squeezed": (run('<w:w w:val="1"/>'), WHITE, TINY),
    "fitted into nothing": (run('<w:fitText w:val="10"/>'), WHITE, TINY),
    "lines without height": (run("", paragraph='<w:spacing w:line="10" w:lineRule="exact"/>'), WHITE, TINY),
    "lines that grow": (run("", paragraph='<w:spacing w:line="10" w:lineRule="atLeast"/>'), WHITE, SEEN),
    "a row without height": (looks.word(ROW % 10), WHITE, COVERED),
    "a row with height": (looks.word(ROW % 400), WHITE, SEEN),
    "indented away": (run("", paragraph='<w:ind w:left="-40000"/>'), WHITE, OFF_PAGE),
    "indented a little": (run("", paragraph='<w:ind w:left="-400"/>'), WHITE, SEEN),
    "a highlight": (run('<w:color w:val="FFFFFF"/><w:highlight w:val="darkBlue"/>'), WHITE, SEEN),
    "a white highlight": (run('<w:color w:val="FFFFFF"/><w:highlight w:val="white"/>'), WHITE, SAME_COLOUR),
    "no highlight": (run('<w:color w:val="FFFFFF"/><w:highlight w:val="none"/>'), WHITE, SAME_COLOUR),
    "a pattern": (run('<w:color w:val="FFFFFF"/><w:shd w:val="pct50" w:fill="FFFFFF"/>'), WHITE, SEEN),
    "a shading of the theme": (
        run('<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="FFFFFF" w:themeFill="text1"/>'),
        WHITE,
        SEEN,
    ),
    "a table of a coloured style": (looks.word(IN_TABLE, styles=COLOURED_TABLE), WHITE, SEEN),
    "a dark box": (looks.word(looks.word_box(f"<w:p>{WHITE_RUN}</w:p>")), DARK, SEEN),
    "a white box": (looks.word(looks.word_box(f"<w:p>{WHITE_RUN}</w:p>")), Look("F4F4F4", "FFFFFF"), SAME_COLOUR),
    "a box over something": (looks.word(looks.word_box(f"<w:p>{WHITE_RUN}</w:p>", fill="<a:noFill/>")), WHITE, SEEN),
    "a box off the page": (
        looks.word(looks.word_box("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>", x=-9_000_000)),
        WHITE,
        OFF_PAGE,
    ),
    "a box without width": (
        looks.word(looks.word_box("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>", width=0)),
        WHITE,
        COVERED,
    ),
    "a picture behind the paragraph": (
        run('<w:color w:val="FFFFFF"/>', more=anchor(PICTURE, height=900_000)),
        WHITE,
        SEEN,
    ),
    "a picture behind the page": (looks.word(f"<w:p>{anchor(PICTURE)}</w:p><w:p>{WHITE_RUN}</w:p>"), WHITE, SEEN),
    "a small picture elsewhere": (
        looks.word(f"<w:p>{anchor(PICTURE, height=900_000)}</w:p><w:p>{WHITE_RUN}</w:p>"),
        WHITE,
        SAME_COLOUR,
    ),
    "writing across the page": (
        looks.word(f"<w:p>{anchor('<wps:wsp><wps:spPr><a:noFill/></wps:spPr></wps:wsp>')}</w:p><w:p>{WHITE_RUN}</w:p>"),
        WHITE,
        SAME_COLOUR,
    ),
    "a page colour that only some show": (
        looks.word(f"<w:p>{WHITE_RUN}</w:p>", page='<w:background w:color="{fill}"/>'),
        DARK,
        SEEN,
    ),
    "dark on a page colour that only some show": (
        looks.word(f"<w:p>{WHITE_RUN}</w:p>", page='<w:background w:color="{fill}"/>'),
        Look("203040", "203040"),
        SEEN,
    ),
}


@pytest.mark.parametrize("way", WORD)
def test_what_word_hides_and_shows(read: Read, way: str) -> None:
    looks.judge(read, WORD[way])
