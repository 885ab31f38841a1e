"""In which order questions are tried: the best first, spread over documents and pages, no sentence twice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from rag.exercises.draft import Draft

TIERS = (2.0, 1.0, 0.3)  # worth from which a question comes before all lesser ones; below the last, it is not asked


def in_order(drafts: Sequence[Draft]) -> list[Draft]:
    """The questions, best first; of each sentence the best one first, its others last of all."""
    firsts = _best_of_sentences(drafts)
    chosen = set(map(id, firsts))
    return [*_spread(firsts), *_spread(draft for draft in drafts if id(draft) not in chosen)]


def _best_of_sentences(drafts: Iterable[Draft]) -> list[Draft]:
    best: dict[tuple[UUID, int], Draft] = {}
    for draft in drafts:
        key = (draft.sentence.chunk.document_id, draft.sentence.place)
        if key not in best or draft.worth > best[key].worth:
            best[key] = draft
    return list(best.values())


def _spread(drafts: Iterable[Draft]) -> list[Draft]:
    """In each tier document after document, and in each document page after page: the best question of each, then the second …"""
    pages = defaultdict[tuple[int, UUID, int], list[Draft]](list)
    for draft in drafts:
        tier = next((place for place, least in enumerate(TIERS) if draft.worth >= least), None)
        if tier is not None:
            pages[tier, draft.sentence.chunk.document_id, draft.sentence.chunk.section].append(draft)
    queues = defaultdict[tuple[int, UUID], list[tuple[int, int, Draft]]](list)  # turn on the page, page, question
    for page, ((tier, document_id, _), on_page) in enumerate(pages.items()):
        ranked = sorted(on_page, key=lambda one: -one.worth)
        queues[tier, document_id] += [(turn, page, draft) for turn, draft in enumerate(ranked)]
    found: list[tuple[int, int, int, Draft]] = []  # tier, turn of the document, document, question
    for document, ((tier, _), queue) in enumerate(queues.items()):
        found += [(tier, turn, document, one[2]) for turn, one in enumerate(sorted(queue, key=lambda one: one[:2]))]
    return [draft for *_, draft in sorted(found, key=lambda one: one[:3])]
