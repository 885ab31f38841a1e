"""The Help of the chat, in the language of the reader: what is done how, by which keys, within which limits."""

import json
from dataclasses import dataclass

import chainlit.server
from chainlit.config import config
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from answers.question import LONGEST_QUESTION
from chat.services import services
from core.settings import Settings
from core.storable import LONGEST_NAME
from core.words import N_, Catalogue
from parsing.sniff.mime import READABLE
from web import formats
from web.language import words_of

_HOW = (
    N_(
        "**Add documents.** Drop files or folders anywhere on this page, or choose them with the paper clip. They go into your own "
        "library, which nobody else sees unless you share it."
    ),
    N_(
        "**Ask.** Answers come from the documents that you may see. When they hold no answer, Footnote says so and shows the passages that "
        "come nearest."
    ),
    N_(
        "**Check.** Every number behind a sentence opens the page that it was taken from, with the passage marked. A small mark stands "
        "behind what the sources do not say."
    ),
    N_(
        "**Come back.** Your conversations are in the list on the left, where you search, pin, rename and delete them and put them into "
        "folders. A question that you have not sent waits in its conversation, in this browser."
    ),
)
KEYS = (  # shown in the account menu, too (``public/chat/keys.js``); a plus is for keys at once, a blank for one after the other
    ("/", N_("To the question field")),
    ("Enter", N_("Ask")),
    ("Shift+Enter", N_("A new line")),
    ("Tab Enter", N_("From the question to the first footnote of the last answer")),
    ("Esc", N_("Close what is open")),
    ("Ctrl+K", N_("Search conversations")),
    ("Ctrl+B", N_("Show or hide conversations")),
)
_KEYS_TITLE, _KEY, _DOES = N_("Keys"), N_("Key"), N_("What it does")
_MAC = N_("On a Mac, ⌘ stands for Ctrl.")
_LIMITS_TITLE = N_("Files and limits")
_LIMITS = N_(
    "A question has at most %(characters)s characters, a message at most %(files)s files, and a file at most %(size)s."
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one message may hold: characters of a question, files, and bytes of each; and characters of a conversation's name."""

    question: int
    files: int
    bytes: int
    name: int = LONGEST_NAME

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits of the settings."""
        return cls(LONGEST_QUESTION, settings.upload.max_files, settings.upload.max_bytes)


def help_text(words: Catalogue, limits: Limits) -> str:
    """The Help, in Markdown."""
    keys = "\n".join(f"| `{key}` | {words.text(what)} |" for key, what in KEYS)
    most = words.text(
        _LIMITS,
        characters=formats.number(limits.question, words),
        files=formats.number(limits.files, words),
        size=formats.size(limits.bytes, words),
    )
    parts = [
        *map(words.text, _HOW),
        f"### {words.text(_KEYS_TITLE)}",
        f"| {words.text(_KEY)} | {words.text(_DOES)} |\n| --- | --- |\n{keys}",
        words.text(_MAC),
        f"### {words.text(_LIMITS_TITLE)}",
        f"{words.text(READABLE)}: {' '.join(f'`{ending}`' for ending in _endings())}.",
        most,
    ]
    return "\n\n".join(parts)


def _endings() -> list[str]:
    """Endings of the names of files that can be chosen."""
    upload = config.features.spontaneous_file_upload
    accept = upload.accept if upload else None
    return [ending for endings in accept.values() for ending in endings] if isinstance(accept, dict) else []


async def settings(request: Request) -> Response:
    """``GET /project/settings``: what Chainlit says of itself to its page, with our Help in it."""
    response = await chainlit.server.project_settings(None, "en-US", None)
    content = json.loads(bytes(response.body))
    content["markdown"] = help_text(words_of(request), Limits.of(services().shared.settings))
    return JSONResponse(content)
