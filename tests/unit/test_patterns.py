"""No pattern of the product takes more than linear time, whatever text it is given. They are found by looking, none is listed here."""

import ast
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.growth import MOST_GROWTH, SLOW_S, TIMES, cost_s, growth
from tests.patterns import Attack, attacks, modules, packages, patterns

REPETITIONS = (12, 20, 28)  # a pattern that doubles its time with each is stopped at the third
AT_ONCE_S = 0.05  # for so few
SCREENED = (500, 4_000)  # characters
SUSPECTS = 5  # attacks of each pattern that are looked at closely


@cache
def found() -> dict[str, re.Pattern[Any]]:
    """Every pattern of the product; looking for them imports all of it."""
    return patterns()


def _everywhere(pattern: re.Pattern[Any]) -> Callable[[Any], object]:
    """A pattern is used in all ways at once: from each place on, and on the whole."""

    def run(text: Any) -> None:
        for _ in pattern.finditer(text):
            pass
        pattern.fullmatch(text)

    return run


def _suspects(pattern: re.Pattern[Any]) -> list[Attack]:
    """The attacks under which its time grows most, as far as short texts tell."""
    run, grown = _everywhere(pattern), []
    for attack in attacks(pattern):
        for count in REPETITIONS:
            if all(
                cost_s(run, attack.repeated(count)) > AT_ONCE_S for _ in range(2)
            ):  # once may be the machine's doing
                return [attack]
        short_s, long_s = (cost_s(run, attack.text(size)) for size in SCREENED)
        if long_s > SLOW_S * SCREENED[1]:
            return [attack]
        grown.append((long_s / max(short_s, 1e-6), long_s, attack))
    return [attack for *_, attack in sorted(grown, key=lambda found: found[:2], reverse=True)[:SUSPECTS]]


def slow(package: str) -> list[str]:
    """What is to be said of each slow pattern of a package."""
    return [
        f"{where} takes {factor:.0f} times as long for {TIMES} times the text: {attack}"
        for where, pattern in found().items()
        if where.split(".")[0] == package
        for attack, factor in growths(pattern)
        if factor > MOST_GROWTH
    ]


def growths(pattern: re.Pattern[Any]) -> Iterator[tuple[Attack, float]]:
    """By how much its time grows under each attack that looks dangerous."""
    for attack in _suspects(pattern):
        yield attack, growth(_everywhere(pattern), attack.text)


def is_slow(pattern: re.Pattern[Any]) -> bool:
    """True when its time grows too much under one of them."""
    return any(factor > MOST_GROWTH for _, factor in growths(pattern))


@pytest.mark.timeout(1800)  # some hundred texts for each of two hundred patterns
@pytest.mark.parametrize("package", packages())
def test_time_is_linear(package: str, alone: Executor) -> None:
    assert alone.submit(slow, package).result() == []


def test_the_search_for_patterns_is_thorough() -> None:
    """It sees constants, mappings, lists and what is built of parts."""
    for name in (".marker_scan.FOUND", ".wording._THOUSANDS.,", ".silence._PATTERNS.0"):
        assert any(where.endswith(name) for where in found()), name
    assert {where.split(".")[0] for where in found()} >= {"rag", "answers", "ingestion", "api", "chat", "core", "db"}


@pytest.mark.parametrize(
    "slow",
    [
        # what told the types of files until it met a page that began with 22 comments
        r"(?is)\A\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|title|meta|table|div)\b",
        r"(?:a|aa)+$",  # exponential
        r"\s*\|\s*",  # squared, because it is tried from every space
        r"(?s)<!--.*?-->",  # squared, where no comment ends
        r"\d*\.?\d+(?:px|pt)",  # squared, because two parts may share the digits
        r"[.!?]+\)*(?=\s|$)",
        rb"^From \S+.*\d{4}$",
        r"!\[([^\]]*)\]",
    ],
)
def test_slow_patterns_are_told(slow: str | bytes, alone: Executor) -> None:
    assert alone.submit(is_slow, re.compile(slow)).result()


def test_patterns_are_constants_of_modules() -> None:
    """An expression inside a function would not be found, and not be tried."""
    inside = [
        f"{module.__name__}:{call.lineno}"
        for module in modules()
        for function in ast.walk(_tree(module))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and _names_re(call.func)
    ]
    assert inside == []


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text())


def _names_re(function: ast.expr) -> bool:
    """True for ``re.search`` and the like, whatever is given to it; ``re.escape`` makes no pattern."""
    match function:
        case ast.Attribute(value=ast.Name(id="re" | "regex"), attr=name):
            return name != "escape"
    return False


def test_expressions_are_imported_by_one_name() -> None:
    imports = [
        f"{module.__name__}:{node.lineno}"
        for module in modules()
        for node in ast.walk(_tree(module))
        if (isinstance(node, ast.ImportFrom) and node.module in ("re", "regex"))
        or (isinstance(node, ast.Import) and any(name.name in ("re", "regex") and name.asname for name in node.names))
    ]
    assert imports == []
