"""How the time of everything that reads text in the server's own process grows with its text, over alphabets chosen to be nasty.

Prints, for each function, its time for 64,000 characters of the slowest alphabet, and the worst growth per doubling.
``tests/unit/test_linear_time.py`` holds every function to ``MOST_PER_DOUBLING``.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from benchmarks.text_work import SUBJECTS

DOUBLINGS = 2  # from a quarter of the long text
LARGE, LARGE_STREAM = 64_000, 32_000  # characters; half as many where they come one at a time, which takes long
MOST_PER_DOUBLING = 2.5  # a linear function takes 2 times as long, a squared one 4 times
UNNOTICED_S = 0.1  # for 64,000 characters, and as much less for fewer: nobody waits for it
LEAST_S = 0.001  # for the short text: the clock is no finer on some machines
ATTEMPTS = 8  # a busy machine is slow now and then; a squared function always

# Each is repeated up to the length wanted.
ALPHABETS: Mapping[str, str] = {
    "digits": "7",
    "thousands": "1,234,",
    "dots": ".",
    "spaces": " ",
    "tabs": "\t",
    "no-break spaces": "\xa0",
    "newlines": "\n",
    "returns": "\r\n",
    "spaced lines": "a   \n",
    "Dr.": "Dr. ",
    "e.g.": "e.g. ",
    "initials": "x. y. ",
    "capital initials": "A. B. ",
    "ends": "?! ",
    "dots in brackets": "…)",
    "commas": "a, but ",
    "backticks": "`",
    "code": "`a` ",
    "code half open": "``a` ",
    "code escaped": "\\`",
    "tildes": "~",
    "fences": "```\n",
    "tilde fences": "~~~ ",
    "brackets": "[",
    "brackets nested": "[[]]",
    "parentheses": "(",
    "marker begun": "[1",
    "marker list begun": "[1,",
    "markers": "[1]",
    "markers after words": "a [1] ",
    "markers with notes": "[1†",
    "unsupported begun": "[unsupported",
    "images": "![",
    "links": "[a](",
    "links nested": "[a]((",
    "pipes": "|",
    "rows": "| a | 1 |\n",
    "headers": "|a|\n|-|\n",
    "quotes": "> ",
    "quote lines": "> a\n",
    "list marks": "- ",
    "list lines": "1. a\n",
    "headings": "# a\n\n",
    "rules": "---\n",
    "emphasis": "*",
    "emphasis open": "**a ",
    "underscores": "_",
    "lower case": "a",
    "capitals": "A",
    "words": "word ",
    "sentences": "The cat sat on the mat. ",
    "CJK": "中",
    "CJK ends": "中。”",
    "Thai": "ไทยคำ",
    "Burmese": "မြန်မာ",
    "combining marks": "a\u0316\u0301\u0316\u0301",
    "combining marks alone": "\u0301\u0316",
    "zero widths": "\u200b",
    "joiners": "é\u200c\u200b",
    "emoji": "👩\u200d👧",
    "NULs": "\0",
    "half surrogates": "\ud83d",
    "comments": "<!--",
    "tags": "<a",
    "tags whole": "<b>a</b>",
    "addresses": "https://a.b/",
    "addresses begun": "http:",
    "mail": "a@",
    "mail begun": "a.",
    "silence": "the sources do ",
    "mixed": "a [1]. `b` | **7,0** > - x\n",
}


def text_of(alphabet: str, size: int) -> str:
    """So many characters of it."""
    return (alphabet * (size // len(alphabet) + 1))[:size]


@dataclass(frozen=True, slots=True)
class Growth:
    """What was measured of one function on one alphabet.

    Attributes:
        large_s: computing time for the long text; at most, where it was not measured.
        per_doubling: how many times as long twice the text takes; 1.0 for what is so fast that it may grow as it likes.
    """

    alphabet: str
    large_s: float
    per_doubling: float


def cost_s(run: Callable[[str], object], text: str) -> float:
    """Computing time of one call in this thread, in seconds."""
    was_collecting = gc.isenabled()
    gc.disable()  # it looks through all that was ever imported
    try:
        started = time.thread_time()
        run(text)
        return time.thread_time() - started
    finally:
        if was_collecting:
            gc.enable()


def growth(run: Callable[[str], object], name: str, large_chars: int = LARGE) -> Growth:
    """The growth of a function on an alphabet up to ``large_chars``, from a quarter of it; measured again while it seems too much."""
    alphabet = ALPHABETS[name]
    small, large = text_of(alphabet, large_chars // 2**DOUBLINGS), text_of(alphabet, large_chars)
    small_s = large_s = float("inf")
    for _ in range(ATTEMPTS):
        small_s = min(small_s, cost_s(run, small))
        if (squared_s := small_s * 4**DOUBLINGS) < UNNOTICED_S * large_chars / LARGE:
            return Growth(name, squared_s, 1.0)
        large_s = min(large_s, cost_s(run, large))
        per_doubling = (large_s / max(small_s, LEAST_S)) ** (1 / DOUBLINGS)
        if per_doubling <= MOST_PER_DOUBLING:
            break
    return Growth(name, large_s, per_doubling)


def growths(name: str, alphabets: Iterable[str] = ALPHABETS, share: float = 1.0) -> Iterator[Growth]:
    """The growth of a function of ``SUBJECTS`` on each alphabet, up to a share of the long text."""
    run = SUBJECTS[name]
    run("The first run loads what is needed [1].")
    is_stream = name.endswith(("by character", "by token"))
    large_chars = round((LARGE_STREAM if is_stream else LARGE) * share)
    return (growth(run, alphabet, large_chars) for alphabet in alphabets)


def main() -> None:
    """Print the table; the functions can be chosen by words in their names."""
    print("| function | ms for the long text, slowest alphabet | growth per doubling, worst alphabet |\n|---|---|---|")
    for name in SUBJECTS:
        if len(sys.argv) > 1 and not any(word in name for word in sys.argv[1:]):
            continue
        measured = list(growths(name))
        slowest = max(measured, key=lambda one: one.large_s)
        worst = max(measured, key=lambda one: one.per_doubling)
        print(
            f"| {name} | {slowest.large_s * 1000:.0f} ({slowest.alphabet}) | {worst.per_doubling:.2f} ({worst.alphabet}) |",
            flush=True,
        )


if __name__ == "__main__":
    main()
