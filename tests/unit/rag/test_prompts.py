"""Which prompt goes in front of which text, and what an index version records of it."""

from dataclasses import asdict

import pytest

from core.settings import EmbeddingSettings
from rag.embedding import recipe
from rag.embedding.build import build_embeddings
from rag.embedding.prompts import NO_PROMPTS, Prompts, chosen_prompts, family_prompts, own_prompts

QUERY = "Represent this sentence for searching relevant passages: "
CHINESE = "为这个句子生成表示以用于检索相关文章："


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("intfloat/multilingual-e5-small", "query: ", "passage: "),
        ("e5-large-v2", "query: ", "passage: "),
        ("BAAI/bge-large-en-v1.5", QUERY, ""),
        ("BAAI/bge-small-zh-v1.5", CHINESE, ""),
        ("BAAI/bge-m3", "", ""),
        ("bge-m3:latest", "", ""),
        ("nomic-ai/nomic-embed-text-v1.5", "search_query: ", "search_document: "),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", "query: ", ""),
        ("Snowflake/snowflake-arctic-embed-m", QUERY, ""),
        ("google/embeddinggemma-300m", "task: search result | query: ", "title: none | text: "),
        ("thenlper/gte-large", "", ""),
        ("mixedbread-ai/mxbai-embed-large-v1", QUERY, ""),
        ("sentence-transformers/all-mpnet-base-v2", "", ""),
        ("text-embedding-3-large", "", ""),
    ],
)
def test_known_families(name: str, query: str, passage: str) -> None:
    prompts = family_prompts(name) or NO_PROMPTS
    assert (prompts.query, prompts.passage) == (query, passage)


@pytest.mark.parametrize("name", ["Qwen/Qwen3-Embedding-0.6B", "intfloat/multilingual-e5-large-instruct"])
def test_families_with_an_instruction_for_questions_alone(name: str) -> None:
    prompts = family_prompts(name)
    assert prompts is not None
    assert prompts.query.startswith("Instruct: ")
    assert prompts.passage == ""


def test_the_models_own_prompts_come_before_its_familys_and_settings_before_both() -> None:
    own = own_prompts({"query": "ask: ", "document": "", "STS": "alike: "})
    assert own == Prompts("ask: ", "", "alike: ")
    assert chosen_prompts("e5-small", None, None, own) == own
    assert chosen_prompts("e5-small", None, None, None) == Prompts("query: ", "passage: ", "query: ")
    assert chosen_prompts("e5-small", "", "text: ", own) == Prompts("", "text: ", "alike: ")
    assert own_prompts({"query": "", "document": ""}) is None
    assert own_prompts({"text": "weather: "}, "weather: ") == Prompts(*["weather: "] * 3)


def test_nothing_changes_for_an_index_version_of_the_bundled_model_from_before() -> None:
    before = {"model": None, "url": None}
    settings = EmbeddingSettings(model="english")
    assert recipe.is_of(settings, "all-MiniLM-L6-v2", before)
    kept = recipe.settings_of(settings, "all-MiniLM-L6-v2", before, "all-MiniLM-L6-v2")
    assert build_embeddings(kept).identity == build_embeddings(settings).identity
    other = recipe.settings_of(
        EmbeddingSettings(model="multilingual"), "multilingual-e5-small", before, "all-MiniLM-L6-v2"
    )
    assert other.model == "english"


def test_passages_from_before_prompts_are_asked_without_until_they_are_embedded_anew() -> None:
    before = {"model": "models/e5-base", "url": None}
    settings = EmbeddingSettings(model="models/e5-base")
    assert not recipe.is_of(settings, "e5-base", before)
    made = recipe.settings_of(settings, "e5-base", before, "e5-base")
    assert (made.query_prompt, made.passage_prompt) == ("", "")
    anew = recipe.recorded(settings)
    assert recipe.is_of(settings, "e5-base", anew)
    assert recipe.is_of(settings, "e5-base", anew | {"prompts": asdict(Prompts("query: ", "passage: ", "query: "))})


@pytest.mark.parametrize(
    "change",
    [{"dimensions": 256}, {"passage_prompt": "text: "}, {"type_field": "input_type", "passage_type": "passage"}],
)
def test_an_index_version_is_another_one_with_other_vectors(change: dict[str, object]) -> None:
    settings = EmbeddingSettings(model="bge-m3", url="http://127.0.0.1:9/v1")
    changed = EmbeddingSettings.model_validate(settings.model_dump() | change)
    made = recipe.recorded(settings) | {"prompts": asdict(NO_PROMPTS)}
    assert recipe.is_of(settings, "bge-m3", made)
    assert not recipe.is_of(changed, "bge-m3", made)
    restored = recipe.settings_of(changed, "bge-m3", made, "bge-m3")
    assert (restored.dimensions, restored.passage_prompt, recipe.text_types(restored)) == (None, "", None)
    assert build_embeddings(changed).identity != build_embeddings(settings).identity


def test_a_key_does_not_go_to_another_server() -> None:
    settings = EmbeddingSettings.model_validate({"model": "new", "url": "http://new/v1", "api_key": "secret"})
    made = recipe.recorded(EmbeddingSettings(model="old", url="http://old/v1"))
    assert recipe.settings_of(settings, "new", made, "old").api_key is None
