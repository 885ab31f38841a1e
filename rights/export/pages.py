"""The readable pages in an export: HTML that needs no script, no style of others and no network."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from html import escape
from typing import Any

import orjson

from web.formats import moment, number

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #8884;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}article{border-top:2px solid #8886;margin-top:2rem}"
    "blockquote{margin:1rem 0;padding:.2rem 1rem;border-left:4px solid #8886;white-space:pre-wrap;overflow-wrap:anywhere}"
    "blockquote.answer{border-left-color:#2a7}.when{color:#777;font-size:.87rem}@media(prefers-color-scheme:dark)"
    "{body{background:#161616;color:#eee}a{color:#9bf}}"
)


def head(title: str) -> str:
    """The beginning of a page."""
    name = escape(title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{name}</title><style>{STYLE}</style></head><body><h1>{name}</h1>\n"
    )


END = "</body></html>\n"
BACK = '<p><a href="index.html">All that there is</a></p>\n'


def table_row(values: Mapping[str, Any]) -> str:
    """A row of a table as a list of names and values, so that long texts can be read."""
    shown = ((name, _said(value)) for name, value in values.items() if value not in (None, "", [], {}))
    lines = "".join(
        f"<tr><th scope=row>{escape(name.replace('_', ' '))}</th><td>{text}</td></tr>" for name, text in shown
    )
    return f"<article><table>{lines}</table></article>\n"


def conversation_head(anchor: str, name: str | None, at: datetime) -> str:
    """The beginning of a conversation."""
    title = escape(name or "Conversation without a name")
    return f'<article id="{anchor}"><h2>{title}</h2><p class="when">{moment(at)} UTC</p>\n'


def message(text: str, at: datetime, *, is_answer: bool, rating: str | None) -> str:
    """A question or an answer."""
    kind, who = ("answer", "Footnote") if is_answer else ("question", "You")
    rated = f" · {escape(rating)}" if rating else ""
    return f'<p class="when">{who}, {moment(at)} UTC{rated}</p><blockquote class="{kind}">{escape(text)}</blockquote>\n'


def index(username: str, at: datetime, sets: Iterable[tuple[str, str, int]], notes: Iterable[str]) -> str:
    """The first page: ``(file, title, number of things)`` for everything in the archive."""
    rows = "".join(
        f'<tr><td><a href="{escape(name)}">{escape(title)}</a></td><td>{number(count)}</td></tr>\n'
        for name, title, count in sets
    )
    said = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return (
        head(f"Everything about {username}")
        + f"<p>Made on {moment(at)} UTC.</p><table><thead><tr><th scope=col>What</th><th scope=col>How many</th></tr></thead>"
        + f"<tbody>{rows}</tbody></table><h2>What you should know</h2><ul>{said}</ul>{END}"
    )


def json_line(values: Mapping[str, Any]) -> bytes:
    """A row as a line of JSON."""
    return orjson.dumps(dict(values), default=_plain, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


def _plain(value: object) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value)


def _said(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{moment(value)} UTC"
    if isinstance(value, (dict, list)):
        return escape(orjson.dumps(value, default=_plain).decode())
    return escape(str(value))
