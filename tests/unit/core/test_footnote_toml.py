"""``footnote.toml``: where it is looked for, what comes before it, and what is said when it is wrong."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

import cli
from core.errors import SettingsInvalid, StartupFailed
from core.settings import Settings, load_settings, log_notices
from tests.unit.core.conftest import Write

TIERS = "[limit.tiers.plus]\nquestions_per_minute = 3\ntokens_per_day = 5\n"


def test_the_file_of_the_working_directory_is_read(write: Write) -> None:
    write(
        "port = 8123\n[qdrant]\nshards = 3\n[upload]\ntypes = ['pdf', 'image']\n[upload.max_bytes_by_type]\nimage = 20_000\n"
    )
    settings = load_settings()
    assert (settings.port, settings.qdrant.shards, settings.qdrant.replicas) == (8123, 3, 1)
    assert (settings.upload.types, settings.upload.max_bytes_by_type) == (("pdf", "image"), {"image": 20_000})


def test_no_file_is_no_warning(write: Write) -> None:
    assert load_settings() == Settings(_env_file=None)


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_a_file_may_be_named(
    write: Write, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    write("[qdrant]\nshards = 3\n")
    other = tmp_path_factory.mktemp("etc") / "ours.toml"
    other.write_text("[qdrant]\nreplicas = 2\n")
    if place == "environment":
        monkeypatch.setenv("FOOTNOTE_CONFIG", str(other))
    else:
        write(f"FOOTNOTE_CONFIG={other}\n", ".env")
    qdrant = load_settings().qdrant
    assert (qdrant.shards, qdrant.replicas) == (1, 2)


def test_the_order_is_arguments_environment_env_file_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each place says one key less than the one behind it."""
    write("[retrieval]\ntop_k = 11\ntop_n = 12\nqueries = 2\nbudget_tokens = 1111\n")
    write("FOOTNOTE_RETRIEVAL_TOP_K=21\nFOOTNOTE_RETRIEVAL_TOP_N=22\nFOOTNOTE_RETRIEVAL_QUERIES=3\n", ".env")
    monkeypatch.setenv("FOOTNOTE_RETRIEVAL_TOP_K", "31")
    monkeypatch.setenv("FOOTNOTE_RETRIEVAL_TOP_N", "32")
    found = Settings(retrieval={"top_k": 41}).retrieval
    assert (found.top_k, found.top_n, found.queries, found.budget_tokens) == (41, 32, 3, 1111)
    assert found.min_similarity == 0.3


def test_a_table_in_a_variable_overrides_key_by_key(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(TIERS)
    monkeypatch.setenv("FOOTNOTE_LIMIT_TIERS", '{"plus": {"tokens_per_day": 9}}')
    plus = load_settings().limit.tier("plus")
    assert (plus.questions_per_minute, plus.tokens_per_day) == (3, 9)


def test_null_undoes_what_the_file_says(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write(f"host = '0.0.0.0'\n[qdrant]\nurl = 'http://127.0.0.1:9'\nshards = 3\n{TIERS}")
    for variable in ("HOST", "QDRANT_URL", "QDRANT_SHARDS", "LIMIT_TIERS"):
        monkeypatch.setenv(f"FOOTNOTE_{variable}", "null")
    assert load_settings() == Settings(_env_file=None)


def test_an_empty_variable_undoes_nothing(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("[llm]\nmodel = 'a'\n")
    monkeypatch.setenv("FOOTNOTE_LLM_MODEL", "")
    assert load_settings().llm.model == "a"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[qdrant\n",
            "footnote.toml is not TOML: Expected ']' at the end of a table declaration (at line 1, column 8).",
        ),
        ("a = 1\na = 2\n", "footnote.toml is not TOML: Cannot overwrite a value (at line 2"),
        ("\n[qdrnt]\nshards = 1\n", "footnote.toml, line 2: qdrnt: there is no such setting."),
        ("config = 'x'", "footnote.toml, line 1: config: there is no such setting."),
        ("\n[qdrant]\n# one\n\nshard = 1\n", "footnote.toml, line 5: qdrant.shard: there is no such setting."),
        ("\r\n[qdrant]\r\nshards = 'x'\r\n", "footnote.toml, line 3: qdrant.shards: Input should be a valid integer"),
        ("[qdrant]\nshards = true\n", "footnote.toml, line 2: qdrant.shards: it should not be true or false."),
        ("[qdrant]\ncollection = 5\n", "footnote.toml, line 2: qdrant.collection: Input should be a valid string."),
        ("[qdrant]\nshards = 0\n", "footnote.toml, line 2: qdrant.shards: Input should be greater than or equal to 1."),
        ("qdrant.shards = []\n", "footnote.toml, line 1: qdrant.shards: Input should be a valid integer."),
        ("qdrant = 3", "footnote.toml, line 1: qdrant: it should be a table."),
        ("port = 'eighty'", "footnote.toml, line 1: port: Input should be a valid integer"),
        (
            "[upload]\n\ntypes = [\n 'pdf',\n 'movie',\n]\n",
            "footnote.toml, line 3: upload.types: “movie” is no kind of file",
        ),
        ("[upload.max_bytes_by_type]\nmovie = 5\n", "line 1: upload.max_bytes_by_type: “movie” is no kind of file"),
        (
            "[upload.max_bytes_by_type]\npdf = 0\n",
            "footnote.toml, line 2: upload.max_bytes_by_type.pdf: Input should be",
        ),
        ("[limit]\ntiers = 'plus'\n", "footnote.toml, line 2: limit.tiers: it should be a table."),
        ("[limit.tiers.plus]\nquestions_per_minute = 3\n", "line 1: limit.tiers.plus.tokens_per_day: it must be set."),
        ("[limit.tiers.Plus]\nquestions_per_minute = 3\ntokens_per_day = 1\n", "“Plus” is no name of a tier"),
        ("[chunk]\noverlap = 900\n", "footnote.toml, line 1: chunk: the overlap must be smaller"),
        ("[worker]\nembedded = false\n", "needs FOOTNOTE_QDRANT_URL"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_file_line_and_key(write: Write, text: str, said: str) -> None:
    write(text)
    with pytest.raises(StartupFailed) as caught:
        load_settings()
    assert isinstance(caught.value, SettingsInvalid)
    assert said in caught.value.message
    assert "\n" not in caught.value.message
    assert not caught.value.message.endswith("..")


def test_a_file_that_is_not_utf_8_is_named(write: Write) -> None:
    Path("footnote.toml").write_bytes(b"host = '\xff'\n")
    with pytest.raises(StartupFailed, match=r"footnote\.toml is not TOML: 'utf-8' codec"):
        load_settings()


def test_too_many_brackets_are_no_stack_trace(write: Write) -> None:
    write("port = " + "[" * 5000)
    with pytest.raises(StartupFailed, match=r"footnote\.toml cannot be read"):
        load_settings()


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("nowhere.toml", r"FOOTNOTE_CONFIG: nowhere\.toml cannot be read \(No such file or directory\)"),
        (".", r"FOOTNOTE_CONFIG: \. cannot be read \(Is a directory\)"),
        ("~nobody-of-this-name/footnote.toml", r"FOOTNOTE_CONFIG: ~nobody.* cannot be read"),
    ],
)
def test_a_named_file_must_be_there(write: Write, monkeypatch: pytest.MonkeyPatch, named: str, said: str) -> None:
    monkeypatch.setenv("FOOTNOTE_CONFIG", named)
    with pytest.raises(StartupFailed, match=said):
        load_settings()


def test_a_folder_in_its_place_is_no_file(write: Write) -> None:
    """What Docker makes of a mount whose file is missing."""
    Path("footnote.toml").mkdir()
    with pytest.raises(StartupFailed, match=r"footnote\.toml cannot be read \(Is a directory\)"):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("FOOTNOTE_QDRANT_SHARDS", "x", "FOOTNOTE_QDRANT_SHARDS: Input should be a valid integer"),
        (
            "FOOTNOTE_LIMIT_TIERS",
            '{"plus": {"tokens_per_day": "x"}}',
            "FOOTNOTE_LIMIT_TIERS: plus.tokens_per_day: Input",
        ),
        ("FOOTNOTE_LIMIT_TIERS", '{"plus":', "FOOTNOTE_LIMIT_TIERS: it is not JSON (Expecting value"),
        ("FOOTNOTE_LIMIT", '{"tierz": 1}', "FOOTNOTE_LIMIT: tierz: there is no such setting."),
        ("FOOTNOTE_LIMIT", "plus", "FOOTNOTE_LIMIT: it is not JSON (Expecting value"),
        ("FOOTNOTE_LLM_CHAIN", "[1", "FOOTNOTE_LLM_CHAIN: it is not JSON"),
    ],
)
def test_beside_a_file_a_wrong_variable_is_named(
    write: Write, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    write(f"[qdrant]\nshards = 3\n{TIERS}")
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsInvalid) as caught:
        load_settings()
    assert said in caught.value.message
    assert "\n" not in caught.value.message


def test_beside_a_right_variable_the_file_is_named(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("[qdrant]\nshards = 'x'\n")
    monkeypatch.setenv("FOOTNOTE_QDRANT_REPLICAS", "2")
    with pytest.raises(SettingsInvalid, match=r"footnote\.toml, line 2: qdrant\.shards"):
        load_settings()


SECRETS = {
    "secret_key": f"secret_key = '{'x' * 32}'",
    "admin.password": "[admin]\npassword = 'a long one'",
    "llm.chain[1].api_key": "[[llm.chain]]\nname = 'a'\n[[llm.chain]]\nname = 'b'\napi_key = 'sk-1'",
    "redis.url": "[redis]\nurl = 'redis://:hush@127.0.0.1:9/0'",
}


def warnings_about_secrets() -> list[list[str]]:
    """Keys that the log warns of."""
    with capture_logs() as logs:
        log_notices()
    assert not any(secret in str(logs) for secret in ("sk-1", "hush", "a long one", "x" * 32))
    return [line["keys"] for line in logs if line["event"] == "settings.secret_in_open_file"]


@pytest.mark.parametrize(("key", "text"), SECRETS.items(), ids=list(SECRETS))
def test_a_secret_that_everybody_may_read_is_told(write: Write, key: str, text: str) -> None:
    path = write(text)
    path.chmod(0o644)
    load_settings()
    assert warnings_about_secrets() == [[key]]
    path.chmod(0o640)
    assert warnings_about_secrets() == []


def test_without_a_secret_everybody_may_read_it(write: Write) -> None:
    write("[redis]\nurl = 'redis://127.0.0.1:9/0'\n[[llm.chain]]\nname = 'a'\n").chmod(0o644)
    assert warnings_about_secrets() == []


def test_without_an_env_file_no_file_is_looked_for(write: Write) -> None:
    """What tests and benchmarks build is not what the developer's own folder says."""
    write("port = 8123\n")
    assert Settings(_env_file=None).port == 8000
    assert Settings(_env_file=None, config=Path("footnote.toml")).port == 8123


def test_a_command_ends_with_the_sentence(
    write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write("[qdrant]\nshards = 'x'\n")
    monkeypatch.setattr("sys.argv", ["footnote", "migrate"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("footnote: footnote.toml, line 2: qdrant.shards: ")
