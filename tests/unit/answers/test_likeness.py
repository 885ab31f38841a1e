"""Which questions may have each other's answers."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answers.cache.likeness.language import RULED, known, language_of
from answers.cache.likeness.questions import is_same_question, normalised
from answers.cache.likeness.stems import stem
from evals.paraphrases import FILES, LANGUAGES, rows

GERMAN = known("de")
QUESTIONS = {
    "en": "How many days of paid vacation do employees receive in 2023?",
    "de": "Wie viele Tage bezahlten Urlaub bekommen Mitarbeiter im Jahr 2023?",
    "zh": "2023年员工可以休多少天带薪年假？",
}


@pytest.mark.parametrize(
    ("left", "right", "is_same"),
    [
        ("What is it?", "  what is   it ", True),
        ("What is IT?", "What is it?", False),
        ("Ｗhat is １?", "What is 1?", True),
        ("What is 1?", "What is 2?", False),
        ("Welche Maße gelten?", "Welche Masse gelten?", False),
    ],
)
def test_the_same_word_for_word(left: str, right: str, is_same: bool) -> None:
    assert (normalised(left) == normalised(right)) is is_same


@pytest.mark.parametrize("language", LANGUAGES)
def test_near_misses_are_kept_apart(language: str) -> None:
    pairs = [pair for key in FILES if key[0] == language for pair in rows(*key) if pair[0] == "other"]
    assert [pair for pair in pairs if is_same_question(*pair[1:]) or is_same_question(*pair[:0:-1])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_paraphrases_are_known(language: str) -> None:
    pairs = [pair for key in FILES if key[0] == language for pair in rows(*key) if pair[0] == "same"]
    assert sum(is_same_question(left, right) for _, left, right in pairs) / len(pairs) >= 0.7


@pytest.mark.parametrize(
    ("language", "other"),
    [
        ("en", "How many days of paid vacation do employees receive in 2022?"),
        ("en", "How many days of paid vacation do employees receive?"),
        ("en", "How many days of unpaid vacation do employees receive in 2023?"),
        ("en", "How many days of paid vacation do employees not receive in 2023?"),
        ("en", "How many days of paid vacation do contractors receive in 2023?"),
        ("en", "How many weeks of paid vacation do employees receive in 2023?"),
        ("en", "How many days of paid vacation do employees receive before 2023?"),
        ("en", "How many days of paid vacation did employees receive in 2023?"),
        ("en", "How long is the paid vacation that employees receive in 2023?"),
        ("de", "Wie viele Tage bezahlten Urlaub bekommen Mitarbeiter im Jahr 2022?"),
        ("de", "Wie viele Tage bezahlten Urlaub bekommen Mitarbeiter?"),
        ("de", "Wie viele Tage unbezahlten Urlaub bekommen Mitarbeiter im Jahr 2023?"),
        ("de", "Wie viele Tage bezahlten Urlaub bekommen Mitarbeiter nicht im Jahr 2023?"),
        ("de", "Wie viele Tage bezahlten Urlaub bekommen Praktikanten im Jahr 2023?"),
        ("de", "Wie viele Wochen bezahlten Urlaub bekommen Mitarbeiter im Jahr 2023?"),
        ("de", "Wie viele Tage bezahlten Urlaub bekommen Mitarbeiter vor dem Jahr 2023?"),
        ("de", "Wie viele Tage bezahlten Urlaub bekamen Mitarbeiter im Jahr 2023?"),
        ("de", "Wie viele Tage bezahlten Urlaub müssen Mitarbeiter im Jahr 2023 nehmen?"),
        ("zh", "2022年员工可以休多少天带薪年假？"),
        ("zh", "员工可以休多少天带薪年假？"),
        ("zh", "2023年员工可以休多少天无薪年假？"),
        ("zh", "2023年员工不可以休多少天带薪年假？"),
        ("zh", "2023年实习生可以休多少天带薪年假？"),
        ("zh", "2023年员工可以休多少周带薪年假？"),
        ("zh", "2023年以前员工可以休多少天带薪年假？"),
        ("zh", "2023年员工必须休多少天带薪年假？"),
    ],
)
def test_one_word_makes_another_question(language: str, other: str) -> None:
    assert not is_same_question(QUESTIONS[language], other)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Who pays the boss?", "Who is paid by the boss?"),
        ("Who pays weekly?", "Who is paid weekly?"),
        ("Which employees train?", "Which employees are trained?"),
        ("What is the list price?", "What is the price list?"),
        ("Who is the owner of the manager?", "Who is the manager of the owner?"),
        ("Since when can I cancel?", "Until when can I cancel?"),
        ("Wer bezahlt?", "Wer wird bezahlt?"),
        ("Wer bezahlt den Chef?", "Wen bezahlt der Chef?"),
        ("Muss der Käufer den Makler bezahlen?", "Muss den Käufer der Makler bezahlen?"),
        ("Prüft die Kasse die Klinik?", "Prüft die Klinik die Kasse?"),
        ("Welche Schüler müssen Lehrer bewerten?", "Welche Lehrer müssen Schüler bewerten?"),
        ("Wie melde ich mich an?", "Wie melde ich mich ab?"),
        ("Wann startet der Kurs?", "Wann startete der Kurs?"),
        ("Wann hat der Laden auf?", "Wann hat der Laden zu?"),
        ("Can agents sue clients?", "Can agents be sued by clients?"),
        ("密码多久要改一次？", "密码改一次要多久？"),
        ("会议室在几楼？", "会议室有几楼？"),
        ("员工有多少？", "员工有哪些？"),
        ("谁管理安娜？", "安娜管理谁？"),
        ("安娜由谁管理？", "安娜管理谁？"),
        ("学生的老师由谁管理？", "老师的学生由谁管理？"),
    ],
)
def test_who_does_what_to_whom_counts(left: str, right: str) -> None:
    assert not is_same_question(left, right)
    assert not is_same_question(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Wie schließe ich das Konto ab?", "Wie kann ich das Konto abschließen?"),
        ("Wer prüft die Anträge?", "Von wem werden die Anträge geprüft?"),
        ("Wie viel Zeit bleibt nach der Kündigung?", "Nach der Kündigung, wie viel Zeit bleibt?"),
        ("Können Sie mir sagen, ob Hunde erlaubt sind?", "Sind Hunde erlaubt?"),
        ("Can agents sue clients?", "Can clients be sued by agents?"),
        ("安娜由谁管理？", "谁管理安娜？"),
        ("签证要办几天？", "请问签证要办多少天？"),
    ],
)
def test_wording_does_not_count(left: str, right: str) -> None:
    assert is_same_question(left, right)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Who signs the form?", "en"),
        ("Wer unterschreibt das Formular?", "de"),
        ("Was bedeutet E42?", "de"),
        ("谁签字？", "zh"),
        ("ChatGPT的价格是多少？", "zh"),
        ("誰が署名しますか？", None),
        ("Qui signe le contrat ?", None),
        ("Wie tekent de overeenkomst en wanneer?", None),
        ("Hvad er prisen for billetten?", None),
        ("Кто подписывает договор?", None),
        ("X200", None),
        ("", None),
    ],
)
def test_the_language_is_told(text: str, code: str | None) -> None:
    language = language_of(text)
    assert (language and language.code) == code


def test_questions_in_two_languages_are_never_the_same() -> None:
    assert not any(
        is_same_question(QUESTIONS[one], QUESTIONS[other]) for one in RULED for other in RULED if one != other
    )
    assert not is_same_question("Was in Berlin?", "What was in Berlin?")


def test_without_rules_only_the_same_words_pass() -> None:
    assert is_same_question("Qui signe le contrat ?", "qui signe le contrat?")
    assert not is_same_question("Qui signe le contrat ?", "Qui signe un contrat ?")


@pytest.mark.parametrize(
    ("words", "is_noun"),
    [
        (["vertrag", "verträge", "vertrages", "vertrags", "verträgen"], True),
        (["mieter", "mietern", "mieters"], True),
        (["genehmigt", "genehmigen", "genehmige"], False),
        (["gewechselt", "wechselt", "wechseln"], False),
        (["angemeldet", "anmelden", "anmeldet", "anzumelden"], False),
        (["letzte", "letzten", "letzter"], False),
    ],
)
def test_forms_of_a_german_word_have_one_stem(words: list[str], is_noun: bool) -> None:
    assert len({stem(word, GERMAN, is_noun=is_noun) for word in words}) == 1


@pytest.mark.parametrize(
    ("left", "right", "is_noun"),
    [
        ("mieter", "miete", True),
        ("sicherung", "sicherheit", True),
        ("maße", "masse", True),
        ("zahlen", "zählen", False),
        ("endet", "endete", False),
        ("schnell", "schneller", False),
        ("unten", "unter", False),
    ],
)
def test_other_german_words_have_another_stem(left: str, right: str, is_noun: bool) -> None:
    assert stem(left, GERMAN, is_noun=is_noun) != stem(right, GERMAN, is_noun=is_noun)


@given(st.text(max_size=60), st.text(max_size=60))
def test_it_takes_any_text_and_is_symmetrical(left: str, right: str) -> None:
    assert is_same_question(left, right) == is_same_question(right, left)
    assert is_same_question(left, left)


WORDS = "wer wen der die den das Käufer Verkäufer bezahlt wird von nicht alle Wie lange an? 谁 由 的 多少 天 who is paid by the of boss"


@given(st.lists(st.sampled_from(WORDS.split()), max_size=9), st.randoms(use_true_random=False))
def test_it_takes_words_in_any_order_and_is_symmetrical(words: list[str], random: Random) -> None:
    left, right = " ".join(words), " ".join(random.sample(words, len(words)))
    assert is_same_question(left, right) == is_same_question(right, left)


NUMBERED = ["What is the limit for {} people in hall 7?", "Was gilt für {} Personen in Halle 7?", "7号厅能坐{}人吗？"]


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.sampled_from(NUMBERED))
def test_numbers_count(one: int, other: int, question: str) -> None:
    assert is_same_question(question.format(one), question.format(other)) == (one == other)


@given(st.sampled_from("äöüéàßñłøþ"), st.sampled_from("äöüéàßñłøþ"))
def test_letters_of_other_languages_count(one: str, other: str) -> None:
    assert is_same_question(f"Wer hat das R{one}t gesehen?", f"Wer hat das R{other}t gesehen?") == (one == other)
