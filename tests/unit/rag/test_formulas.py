"""What is a formula, and what is money or a bracket."""

import pytest

from rag.grounding.markdown import scan
from rag.grounding.markers import parse
from rag.grounding.sentences import split_answer

FORMULAS = [
    "$E=mc^2$",
    "$x$",
    "$f(x)$",
    "$2x+3$",
    "$3.5 \\times 10^8$",
    r"\(a^2+b^2\)",
    r"\(n\)",
    r"$\{1, 2\}$",
    "$$x = 1$$",
    r"\[ \int_0^1 x^2\,dx \]",
    "$x_{[1]}$",
    r"$\text{price in \$}$",
]
WORDS = [
    "It costs $5 and $10.",
    "From $5 to $10, or US$ 20.",
    "Between $5-$10 and 5$-10$.",
    "价格是$5和$10。",
    "$100 a day and 200$ a week.",
    "A $5 ticket (or 10$) is fine.",
    r"\$5 and \$6",
    r"see \[1\] and \[note\] and \(see above\)",
    "an open $x and no end",
    "$ x $",
    "`$x$` and `\\(y\\)`",
    "```\n$x^2$\n```",
    "$$ open\n\nand never closed",
    "PATH=$HOME/bin:$PATH",
    r"$$\href{https://evil.example}{x}$$ $\includegraphics{x}$",
]


def formulas_in(text: str) -> list[str]:
    return [part.text for part in scan(text) if part.kind.is_formula]


@pytest.mark.parametrize("formula", FORMULAS)
@pytest.mark.parametrize(
    "around", ["{}", "So {} holds [1].", "- so {}, yes", "| a | b |\n|---|---|\n| {} | c |", "> {}"]
)
def test_a_formula_is_one_part(formula: str, around: str) -> None:
    assert formulas_in(around.format(formula) if "{1" not in formula else around.replace("{}", formula)) == [formula]


@pytest.mark.parametrize("words", WORDS)
def test_money_and_brackets_are_words(words: str) -> None:
    assert formulas_in(words) == []


@pytest.mark.parametrize("block", ["\\[\nx\n= y\n\\]", "$$\n- x\n\\\\ # y\n$$", "$$x$$", "- \\[\n  x = 1\n  \\]"])
def test_a_formula_may_have_lines_of_its_own(block: str) -> None:
    (formula,) = formulas_in(f"We get:\n{block}\nSo it is [1].")
    assert formula == block.removeprefix("- ")


def test_no_number_is_read_in_a_formula_and_no_sentence_ends_there() -> None:
    parsed = parse("So $x_{[1]} = 1. y$ is it [1].\n\n\\[ a[2] = 3 \\]\n")
    assert parsed.bare == "So $x_{[1]} = 1. y$ is it.\n\n\\[ a[2] = 3 \\]\n"
    assert [marker.numbers for marker in parsed.markers] == [(1,)]
    sentences = split_answer(parsed.bare, parsed.runs)
    assert [(parsed.bare[one.start : one.end], one.kind) for one in sentences] == [
        ("So $x_{[1]} = 1. y$ is it.", "prose"),
        ("\\[ a[2] = 3 \\]", "code"),
    ]
