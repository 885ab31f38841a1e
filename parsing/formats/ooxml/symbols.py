"""Characters of symbol fonts as characters of Unicode: the boxes of forms, ticks and arrows of Wingdings, the Greek of Symbol."""

import re

PRIVATE = re.compile("[\uf000-\uf0ff]")
FIRST_PRIVATE = 0xF000
WINGDINGS = {
    0x21: "✏", 0x22: "✂", 0x28: "☎", 0x29: "✆", 0x2A: "✉", 0x36: "⌛", 0x41: "✌", 0x43: "👍", 0x44: "👎", 0x46: "☞", 0x4A: "☺",
    0x4C: "☹", 0x6C: "●", 0x6D: "❍", 0x6E: "■", 0x6F: "☐", 0x70: "☐", 0x71: "☐", 0x72: "☐", 0x73: "⬧", 0x74: "⧫", 0x75: "◆", 0x76: "❖",
    0x78: "☒", 0x9F: "•", 0xA0: "▪", 0xA1: "○", 0xA2: "○", 0xA3: "○", 0xA4: "◉", 0xA5: "◎", 0xA7: "▪", 0xA8: "☐", 0xAB: "★", 0xD8: "➢",
    0xDF: "←", 0xE0: "→", 0xE1: "↑", 0xE2: "↓", 0xE7: "←", 0xE8: "→", 0xE9: "↑", 0xEA: "↓", 0xEF: "⇐", 0xF0: "⇒", 0xF1: "⇑", 0xF2: "⇓",
    0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑",
}  # fmt: skip
WINGDINGS_2 = {
    0x4F: "✗", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒", 0x55: "⊗", 0x2A: "☐", 0x30: "☐", 0x97: "●", 0x98: "●", 0x99: "◯",
    0xA2: "■", 0xA3: "☐", 0xA4: "☐", 0xA5: "☐",
}  # fmt: skip
SYMBOL = " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"  # from 0x20
SYMBOL_UPPER = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑"  # from 0xA0
FONTS = {
    "wingdings": WINGDINGS,
    "wingdings 2": WINGDINGS_2,
    "symbol": {
        **dict(enumerate(SYMBOL, 0x20)),
        **dict(enumerate(SYMBOL_UPPER, 0xA0)),
    },
}


def symbol(font: str, code: int) -> str:
    """What a character of a font shows; empty when only that font knows. Letters of other fonts are letters."""
    known = FONTS.get(font.strip().lower())
    low = code - FIRST_PRIVATE if FIRST_PRIVATE <= code < FIRST_PRIVATE + 0x100 else code
    if known is not None and low < 0x100:
        return known.get(low, "")
    return "" if low != code or not 0x20 <= code < 0x110000 or 0xD800 <= code < 0xE000 else chr(code)


def shown(font: str, text: str) -> str:
    """A text of a symbol font; in others, only characters that have no meaning of their own are looked at."""
    if font.strip().lower() in FONTS and font.strip().lower() != "symbol":
        return "".join(symbol(font, ord(char)) for char in text)
    return PRIVATE.sub(lambda found: symbol(font or "symbol", ord(found[0])), text) if PRIVATE.search(text) else text
