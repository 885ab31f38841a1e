"""A formula in MathML as text. Runs in a child process only."""

from lxml import etree  # type: ignore[import-untyped]

BESIDE = ("{*}annotation", "{*}annotation-xml")


def signs(formula: etree._Element) -> str:
    """The signs that it shows, in a row. What is written beside them, such as its TeX, nobody sees; it is taken out."""
    etree.strip_elements(formula, *BESIDE, with_tail=False)
    return " ".join(" ".join(formula.itertext()).split())
