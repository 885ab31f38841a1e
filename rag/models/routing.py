"""Routes simple questions to the cheap model, by a simple rule.

A question is simple when it asks one thing in a few words, asks for no explanation, comparison or list, and its evidence is in three
documents at most. This is a guess; a wrong guess costs a shorter answer, because both kinds of model see the same sources.
"""

import re
from collections.abc import Sequence

from core.settings.chain import ModelSettings
from rag.types import Source

MOST_WORDS, MOST_CHARS, MOST_DOCUMENTS = 16, 120, 3
_WANTS_MORE = re.compile(
    r"\b(why|how come|explain|describe|compare|comparison|differ\w*|versus|vs|summari[sz]e|summary|overview|analy[sz]e|evaluate|assess"
    r"|list|all|both|between|pros|advantages|relationship|consequences|implications|step by step"
    r"|warum|wieso|erkläre?|vergleiche?|unterschied\w*|zusammenfass\w*|alle"
    r"|pourquoi|explique[rz]?|compare[rz]?|différence\w*|résume[rz]?|tous|toutes"
    r"|por qué|explica|compara|diferencia\w*|resume|todos|todas|perché|spiega|confronta|differenza)\b"
    r"|为什么|解释|比较|区别|总结|所有|なぜ|説明|比較|違い|要約|すべて|왜|설명|비교|차이|요약|모든|لماذا|اشرح|قارن|الفرق|لخص|почему|объясни|сравни"
    r"|tại sao|giải thích|so sánh|ทำไม|อธิบาย|เปรียบเทียบ",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[?？؟。；;]+")


def is_simple(question: str, sources: Sequence[Source]) -> bool:
    """True for a question that a cheap model may answer. ``question`` is the stand-alone question."""
    return (
        len(question) <= MOST_CHARS
        and len(question.split()) <= MOST_WORDS
        and len(_ENDS.findall(question)) <= 1
        and not _WANTS_MORE.search(question)
        and len({source.chunk.document_id for source in sources}) <= MOST_DOCUMENTS
    )


def preference(model: ModelSettings, *, is_simple: bool) -> bool:
    """Sort key for a chain, best first; among equals the order of the settings decides."""
    return (model.role == "simple") != is_simple
