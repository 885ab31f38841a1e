"""How a text is cut into the words that get a box on their page."""

import re

# Scripts without spaces: each character of a wide one is a word of its own, the others are cut into short runs.
WIDE = (
    "\u1100-\u115f\u2e80-\u2fff\u3001-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6"
    "\U0001f300-\U0001faff\U00020000-\U0003fffd"
)
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
SPACE = "\t\n\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"  # \\s takes 1C to 1F for spaces too
TOKENS = re.compile(rf"[{WIDE}]\0?|[{UNSPACED}]{{1,6}}|[^{SPACE}{WIDE}{UNSPACED}\x02]+|[{SPACE}]+|\x02+")
