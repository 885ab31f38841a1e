"""The fonts of PDFs: which characters they have."""

from collections import Counter

from conversations.sharing import fonts


def test_every_living_script_that_we_promise_has_a_font() -> None:
    promised = "Ωж漢字かなカナ한글ไทยالعربيةעבריתहिन्दीবাংলাதமிழ்తెలుగుខ្មែរລາວမြန်မာአማርኛქართულիΕ😀✓→≤"
    assert [one for one in promised if ord(one) not in fonts.covered()] == []


def test_what_has_no_font_is_counted_by_script() -> None:
    missing: Counter[str] = Counter()
    shown = fonts.replacer(missing)("a ꦲꦏ b \u200b")
    assert shown == "a �� b \u200b"
    assert missing == {"Javanese": 2}


def test_chinese_characters_take_the_look_of_the_language_around_them() -> None:
    first = [
        next(name for name in fonts.families_for(text) if "CJK" in name) for text in ("漢字", "漢字かな", "漢字 한글")
    ]
    assert first == ["Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR"]
    assert fonts.families_for("x")[0] == "Noto Sans"


def test_the_direction_is_that_of_the_first_letter() -> None:
    directions = [fonts.is_right_to_left(text) for text in ("abc", "(1) عربي abc", "abc עברית", "12", "")]
    assert directions == [False, True, False, False, False]
