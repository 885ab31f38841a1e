"""Routing by meaning, with the bundled model: only what no rule knows, and never a question for a fact."""

from rag.embedding.embeddings import FootnoteEmbeddings
from rag.questions.kind import Kind
from rag.questions.meaning import classified


async def test_other_words_for_a_kind_are_understood(embeddings: FootnoteEmbeddings) -> None:
    found = await classified("In which way can you assist me?", embeddings)
    assert (found.kind, found.by) == (Kind.HELP, "meaning")


async def test_questions_for_facts_stay_so(embeddings: FootnoteEmbeddings) -> None:
    for question in ("Which supplier delivers the pumps?", "When do contracts end?", "How do I add a supplier in SAP?"):
        assert (await classified(question, embeddings)).kind is Kind.FACT


async def test_rules_and_the_caller_come_first(embeddings: FootnoteEmbeddings) -> None:
    assert (await classified("What can you do?", embeddings)).by == "rule"
    assert (await classified("In which way can you assist me?", embeddings, kind=Kind.FACT)).by == "given"


async def test_in_a_language_that_the_model_does_not_know_nothing_is_guessed(embeddings: FootnoteEmbeddings) -> None:
    assert (await classified("ใครเป็นผู้อนุมัติค่าเดินทาง", embeddings)).by == "default"
