"""What a tokenizer gives away of the languages its model knows."""

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from core.settings import EmbeddingSettings
from rag.embedding.embeddings import FootnoteEmbeddings
from rag.embedding.language_coverage import Languages, TokenSpan, language_coverage, latin_share
from rag.embedding.remote import RemoteEmbeddings
from rag.embedding.tokenizing import token_spans_of


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("How many days of vacation does a new member of staff get?", 0.95, 1.0),
        ("What is IQ?", 0.9, 1.0),
        ("Wie viele Urlaubstage bekommt eine neue Mitarbeiterin im ersten Jahr?", 0.4, 0.9),
        ("Hậu vệ của Panthers đã bỏ bao nhiêu điểm?", 0.0, 0.4),
        ("ทีมรับของแพนเธอร์สยอมแพ้ที่คะแนนเท่าไร", 0.0, 0.05),
        ("كم عدد النقاط التي استسلم لها دفاع بانثرز", 0.0, 0.05),
        ("丹佛野马队输给了谁", 0.0, 0.5),
        ("직원은 휴가를 며칠 받습니까", 0.0, 0.05),
        ("Сколько дней отпуска?", 0.0, 0.2),
        ("2024 – 17 %?", 1.0, 1.0),
        ("", 1.0, 1.0),
    ],
)
def test_the_bundled_model_knows_english(embeddings: FootnoteEmbeddings, text: str, least: float, most: float) -> None:
    embeddings.load()
    assert least <= embeddings.language_coverage(text) <= most


def test_a_tokenizer_with_words_for_a_language_knows_it() -> None:
    tokens = [("<unk>", 0.0), ("▁", -9.0), ("ทีม", -1.0), ("รับ", -1.0), ("ของ", -1.0), ("คะแนน", -1.0), ("น", -5.0)]
    tokenizer = Tokenizer(models.Unigram(tokens, unk_id=0))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    text = "ทีมรับของคะแนน"
    assert language_coverage(text, token_spans_of(tokenizer, text)) == 1.0
    assert language_coverage("น", token_spans_of(tokenizer, "น")) == 1.0  # a word of its own
    assert language_coverage("ทีมน", token_spans_of(tokenizer, "ทีมน")) == 0.75
    assert language_coverage("ฮ", token_spans_of(tokenizer, "ฮ")) == 0.0


def test_letters_that_were_not_read_do_not_count() -> None:
    assert language_coverage("known unread", [TokenSpan(0, 5, True)]) == 1.0


def test_an_ideograph_is_known_whole_but_not_in_parts() -> None:
    assert language_coverage("国家", [TokenSpan(0, 1, True), TokenSpan(1, 2, True)]) == 1.0
    assert language_coverage("国家", [TokenSpan(0, 1, True), TokenSpan(0, 1, True), TokenSpan(1, 2, False)]) == 0.0


@pytest.mark.parametrize(("languages", "known"), [("auto", 1.0), ("all", 1.0), ("latin", 0.5)])
def test_of_a_server_the_setting_tells(languages: Languages, known: float) -> None:
    remote = RemoteEmbeddings(EmbeddingSettings(url="http://127.0.0.1:9", model="model", languages=languages))
    assert remote.language_coverage("wer มาก") == known


def test_the_setting_outweighs_the_tokenizer(embeddings: FootnoteEmbeddings) -> None:
    embeddings.load()
    before = embeddings._languages
    try:
        embeddings._languages = "all"
        assert embeddings.language_coverage("ทีมรับของ") == 1.0
    finally:
        embeddings._languages = before


def test_latin_letters_with_accents_are_latin() -> None:
    assert latin_share("Größe, été, điểm") == 1.0
    assert latin_share("12 €") == 1.0
