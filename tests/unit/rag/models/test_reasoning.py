"""What a model thinks is told from what it answers, however the text comes in pieces."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rag.models.pieces import Piece
from rag.models.reasoning import MARKS, ThoughtSplitter, split, without_reasoning


def parted(pieces: list[Piece]) -> tuple[str, str]:
    """Reasoning and answer, as a door puts them together."""
    reasoning = answer = ""
    for piece in pieces:
        if piece.kind == "retraction":
            reasoning, answer = reasoning + answer, ""
        elif piece.kind == "reasoning":
            reasoning += piece.text
        else:
            answer += piece.text
    return reasoning, answer


def streamed(*texts: str) -> tuple[str, str]:
    splitter = ThoughtSplitter()
    pieces = [piece for text in texts for piece in splitter.feed(text)]
    return parted([*pieces, *splitter.feed("", is_last=True)])


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        ("<think>It says 28.</think>\n\n28 days [1].", "It says 28.", "\n\n28 days [1]."),
        ("\n <THINKING>hm</Thinking>28 days.", "hm", "\n28 days."),
        ("<reasoning>a [1]\n\nb</reasoning>c", "a [1]\n\nb", "c"),
        ("<think></think>28 days.", "", "28 days."),
        ("<think>It never ends", "It never ends", ""),
        ("<think>a</think>One.\n<think>b</think>Two.", "ab", "One.\nTwo."),
        ("It says 28.\n</think>\n28 days.", "It says 28.\n", "\n28 days."),
        ("It says 28.</think>28 days.", "It says 28.", "28 days."),
        ("[THINK]hm[/THINK]28 days.", "hm", "28 days."),
        ("◁think▷hm◁/think▷28 days.", "hm", "28 days."),
        ("<|channel|>analysis<|message|>hm<|channel|>final<|message|>28 days.", "hm", "28 days."),
        ("The tag `<think>` opens, `</think>` closes.", "", "The tag `<think>` opens, `</think>` closes."),
        ("The tag <think> opens, </think> closes.", "", "The tag <think> opens, </think> closes."),
        ("```\n<think>\nx\n</think>\n```\nSo.", "", "```\n<think>\nx\n</think>\n```\nSo."),
        ("a <b> and a < b", "", "a <b> and a < b"),
        ("Ends in <thin", "", "Ends in <thin"),
        ("<think>a < b </thin</think>c", "a < b </thin", "c"),
    ],
)
def test_thoughts_and_answer_are_told_apart(text: str, reasoning: str, answer: str) -> None:
    assert streamed(text) == streamed(*text) == (reasoning, answer)
    assert without_reasoning(text) == answer.strip()
    assert parted(list(split(text))) == (reasoning, answer)


WORDS = ("think", "<", ">", "/", "`", "```", "\n", " ", "a ", "[", "]", "/THINK")


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from((*MARKS, *MARKS.values(), *WORDS)), max_size=12), st.integers(1, 9))
@example(["a", "</think>"], 1)
@example(["`", "<think>", "`", "</think>"], 1)
@example(["\n", "/THINK", "`", "`", "</think>"], 2)
def test_pieces_make_no_difference(texts: list[str], length: int) -> None:
    whole = "".join(texts)
    pieces = [whole[place : place + length] for place in range(0, len(whole), length)]
    assert streamed(*pieces) == streamed(whole)
    assert sum(map(len, streamed(whole))) <= len(whole)
