"""What a model would say that does whatever a text in its prompt commands: the worst case for what readers are shown.

A command stands between ``BEGINATTACK`` and ``ENDATTACK``, in plain letters or in any disguise that models see through. In it,
``SAYPROMPT`` stands for the whole prompt, ``SAYSOURCES`` for the texts of all sources on one line. One that begins with ``IFSOURCES`` is
obeyed only where there are sources: not while the question is made to stand alone.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import quote

COMMAND = re.compile(r"BEGINATTACK(.*?)ENDATTACK", re.DOTALL)
SOURCE = re.compile(r'<(source-\w+) number="\d+">\n(.*?)\n</\1>', re.DOTALL)
ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
ZERO_WIDTH = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
LOOK_ALIKES = str.maketrans("АВЕІКМНОРСТХаеіорсух", "ABEIKMHOPCTXaeiopcyx")
LATER = "IFSOURCES"
MOST_SAID = 3000


def obeyed(prompt: str) -> str | None:
    """What all commands in a prompt want said; None when there is none."""
    sources = " ".join(" ".join(text.split()) for _, text in SOURCE.findall(prompt))
    found = [command.strip() for read in _readings(prompt) for command in COMMAND.findall(read)]
    commands = dict.fromkeys(one.removeprefix(LATER) for one in found if sources or not one.startswith(LATER))
    if not commands:
        return None
    said = "\n\n".join(commands)
    said = said.replace("SAYSOURCES", quote(COMMAND.sub("", sources))).replace("SAYPROMPT", COMMAND.sub("", prompt))
    return said[:MOST_SAID]


def _readings(prompt: str) -> Iterator[str]:
    """A text as it stands, and in the disguises that models see through."""
    yield prompt
    yield ZERO_WIDTH.sub("", prompt)
    yield unicodedata.normalize("NFKC", prompt).translate(LOOK_ALIKES)
    yield "".join(chr(ord(one) - 0xE0000) for one in prompt if 0xE0020 <= ord(one) < 0xE007F)
    yield prompt[::-1]
    for encoded in ENCODED.findall(prompt):
        try:
            yield base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            continue
