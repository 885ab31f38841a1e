"""What speaks for a reading of a question: the words it explains, whether its shape and columns are what is asked for, its result."""

from collections.abc import Iterator

from rag.tables.question import FILLERS, Question
from rag.tables.shapes.candidate import Candidate, Space
from rag.tables.table import Column

Features = dict[str, float]
FEW = 3
PLACE_NAMES = "location venue site city country place stadium state town county region where nation island circuit"
PLACES = frozenset(PLACE_NAMES.split())
PEOPLE_NAMES = "name player person winner candidat driver rider swimmer actor artist author member"
PEOPLE = frozenset(PEOPLE_NAMES.split())
LOW_IS_GOOD = frozenset(["rank", "place", "posit", "pos", "time", "finish", "no"])
SUPERLATIVES = frozenset(["most", "least"])
TIMES = frozenset(["first", "last", "before", "after"])


def features(space: Space, candidate: Candidate) -> Features:
    """Names of features → their values; those that are 0 are left out."""
    pairs = [
        *_shape(space.question, candidate),
        *_coverage(space, candidate),
        *_selection(space, candidate),
        *_output(space, candidate),
        *_order(space, candidate),
        *_result(space, candidate),
    ]
    return {name: value for name, value in pairs if value}


def _shape(question: Question, candidate: Candidate) -> Iterator[tuple[str, float]]:
    shape = candidate.shape
    yield f"shape {shape}", 1.0
    yield f"{question.kind}: {shape}", 1.0
    for tag in question.tag_names:
        yield f"{tag} → {shape}", 1.0
    ignored = ignored_tags(question, candidate)
    yield "words of computing ignored", float(len(ignored))
    for tag in ignored:
        yield f"{tag} ignored", 1.0


def ignored_tags(question: Question, candidate: Candidate) -> set[str]:
    """The words that say what is to be computed and that the reading does not use."""
    said = candidate.words | candidate.selection.words
    used = {tag.name for tag in question.tags if tag.places <= said}
    return set(question.tag_names - used - {"and", "count"})


def _coverage(space: Space, candidate: Candidate) -> Iterator[tuple[str, float]]:
    question = space.question
    said = candidate.words | candidate.selection.words
    content = question.content | frozenset(
        place for place, word in enumerate(question.words) if word.number is not None
    )
    content -= {question.asked}
    content -= {place for place in content if question.words[place].text in FILLERS}
    known = frozenset(place for place in content if space.words.stems[place] in space.words.vocabulary)
    is_all = content <= said and not ignored_tags(question, candidate)
    yield "all is explained", float(is_all)
    yield f"all is explained by {len(candidate.selection.conditions)} conditions", float(is_all)
    yield "share of words explained", len(content & said) / max(1, len(content))
    yield "words unexplained", float(len(content - said))
    yield "words of the table unexplained", float(len(known - said))
    numbers = frozenset(place for place, word in enumerate(question.words) if word.number is not None)
    yield "numbers unexplained", float(len(numbers - said))
    yield "words said twice", float(len(candidate.words & candidate.selection.words))


def _selection(space: Space, candidate: Candidate) -> Iterator[tuple[str, float]]:
    conditions = candidate.selection.conditions
    yield f"conditions {min(len(conditions), FEW)}", 1.0
    yield f"conditions {min(len(conditions), FEW)}: {candidate.shape}", 1.0
    for condition in conditions:
        yield f"condition {condition.how}", 1.0
        yield f"score {condition.how}", condition.score
        column = space.table.columns[condition.column]
        yield "condition on the naming column", float(column == space.table.key)
        yield f"condition {condition.how} on a {column.kind}", 1.0
        heads = space.words.head_places(column)
        yield "column of a condition named", float(bool(heads - condition.words))
        near = min((abs(head - place) for head in heads for place in condition.words), default=9)
        yield "column named beside its cell", float(0 < near <= FEW)
        others = [other for other in space.table.columns if other != column]
        in_heads = condition.words & frozenset().union(*(space.words.head_places(other) for other in others))
        yield f"condition {condition.how} is the name of another column", float(condition.words == in_heads)
        own = space.words.head_places(column)
        yield f"condition {condition.how} is the name of its column", float(bool(own) and condition.words <= own)
        yield f"condition {condition.how} on most rows", float(len(condition.rows) > 0.6 * len(space.words.rows))
        if condition.how in ("number", "over", "under"):
            yield "number's column named", float(bool(heads))
    is_total = any(space.words.rows[row].is_total for row in candidate.selection.rows)
    asks_total = "total" in space.question.tag_names
    yield f"total row selected, total {'asked' if asks_total else 'not asked'}", float(is_total)
    selected = len(candidate.selection.rows)
    yield "one row selected", float(selected == 1)
    yield f"one row selected: {candidate.shape}", float(selected == 1)


def _output(space: Space, candidate: Candidate) -> Iterator[tuple[str, float]]:
    out, question = candidate.out, space.question
    if out is None:
        return
    share, heads = space.words.head_share(out), space.words.head_places(out)
    group = "computed" if candidate.number is not None else "shown"
    yield f"{group}: name of the answer's column", share
    yield f"{group}: answer's column named", float(bool(heads))
    behind = min((place - question.asked for place in heads if place > question.asked), default=0)
    yield f"{group}: answer's column named behind which", float(0 < behind <= FEW)
    yield f"{group}: {question.kind}: named behind", float(0 < behind <= FEW)
    yield f"{group}: answer's column is the naming one", float(out == space.table.key)
    yield f"{question.kind}: naming column", float(out == space.table.key)
    yield f"{question.kind}: {out.kind}", 1.0
    yield f"{group}: {question.kind}: named", share
    yield f"{group}: named by words of computing", float(bool(heads) and heads <= question.places(*question.tag_names))
    conditioned = {condition.column for condition in candidate.selection.conditions}
    yield f"{group}: answer's column has a condition", float(out.index in conditioned)
    yield f"{question.kind} by name", float(_is_kind(question, out))
    best = max((space.words.head_share(other) for other in space.outputs), default=0.0)
    yield f"{group}: no column is named better", float(share == best)
    yield "first column", float(out.index == 0)
    has_share = any("%" in value for value in candidate.values) or "%" in out.name or "percent" in out.terms
    yield f"share asked: {'share shown' if has_share else 'other shown'}", float("share" in question.tag_names)
    yield (
        "change named",
        float("difference" in question.tag_names and bool(out.terms & {"increas", "decreas", "chang"})),
    )
    behind_most = min((place for tag in question.tags if tag.name in SUPERLATIVES for place in tag.places), default=-9)
    yield f"{candidate.shape}: named behind most", float(bool({behind_most + 1, behind_most + 2} & heads))


def _is_kind(question: Question, out: Column) -> bool:
    """True where the column's name says that it has what is asked for."""
    if question.kind == "who":
        return bool(out.terms & PEOPLE)
    return question.kind == "where" and bool(out.terms & PLACES)


def _order(space: Space, candidate: Candidate) -> Iterator[tuple[str, float]]:
    by, question = candidate.by, space.question
    if by is None:
        return
    share = space.words.head_share(by)
    yield "name of the order's column", share
    yield f"name of the order's column: {candidate.shape}", share
    yield f"{candidate.shape}: order's column {'named' if share else 'not named'}", 1.0
    yield "order's column named", float(bool(space.words.head_places(by)))
    places = space.words.head_places(by)
    most = max((place for tag in question.tags if tag.name in SUPERLATIVES for place in tag.places), default=-9)
    yield f"{candidate.shape}: order named behind most", float(bool({most + 1, most + 2, most + 3} & places))
    yield "only order", float(len(space.orders) == 1)
    best = max((space.words.head_share(other) for other in space.orders), default=0.0)
    yield "no order's column is named better", float(share == best)
    is_low_good = bool(by.terms & LOW_IS_GOOD) or any(":" in cell.text for cell in space.table.cells(by)[:FEW])
    way = "low is good" if is_low_good else by.kind
    for tag in question.tag_names & (SUPERLATIVES | TIMES | {"more", "less"}):
        yield f"{tag}: {candidate.shape} by {way}", 1.0


def _result(space: Space, candidate: Candidate) -> Iterator[tuple[str, float]]:
    count = len(candidate.values)
    size = "none" if not count else "one" if count == 1 else "some" if count <= FEW else "many"
    yield f"result {size}", 1.0
    yield f"{space.question.kind}: result {size}", 1.0
    lowered = space.question.text.lower()
    if candidate.number is None:
        said = sum(value.lower() in lowered for value in candidate.values)
        yield f"answer is in the question: {candidate.shape}", float(bool(said))
        figured = any(char.isdigit() for value in candidate.values[:1] for char in value[:3])
        yield f"{space.question.kind}: result begins with {'a digit' if figured else 'a word'}", 1.0
    else:
        yield "result is 0", float(candidate.number == 0)
        yield "result is 1", float(candidate.number == 1)
        is_all = len(candidate.selection.rows) == len(space.words.rows)
        yield f"all rows: {candidate.shape}", float(is_all)
        yield "all rows though conditions", float(is_all and bool(candidate.selection.conditions))
