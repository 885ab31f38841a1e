"""Estimates the number of tokens of a text from above, by its scripts, without a tokenizer.

The right tokenizer is that of the language model, which is often on another machine. That of the embedding model is no substitute:
an English vocabulary reads a Thai sentence as one unknown word. The weights were set against the tokenizers of four families of models
(docs/evaluation.md): on average over pages of a language they never give less than cl100k, which counts the most tokens of those in use.
"""

import math
import re

# tokens per character
ASCII = 0.28
OTHERS = (
    (re.compile("[\u0080-\u024f\u1e00-\u1eff]"), 1.25),  # Latin letters with marks
    (re.compile("[\u0250-\u0dff\u1200-\u177f\u1800-\u1cff]"), 0.85),  # Greek, Cyrillic, Arabic, Hebrew, Devanagari …
    (re.compile("[\u0e00-\u11ff\u1780-\u17ff]"), 1.05),  # Thai, Lao, Tibetan, Burmese, Khmer
    (re.compile("[\u2000-\u2dff\u2e00-\uffff]|[^\u0000-\uffff]"), 1.35),  # Chinese, Japanese, Korean, signs, emoji
)


def count(text: str) -> int:
    """The estimated number of tokens of a text, too many rather than too few."""
    tokens = ASCII * len(text)
    if not text.isascii():
        tokens += sum((weight - ASCII) * len(script.findall(text)) for script, weight in OTHERS)
    return math.ceil(tokens)
