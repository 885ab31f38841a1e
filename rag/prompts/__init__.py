"""The prompts of the language model, one Markdown file per task."""

from functools import cache
from importlib.resources import files
from string import Template


@cache
def _template(name: str) -> Template:
    return Template(files(__name__).joinpath(f"{name}.md").read_text(encoding="utf-8"))


def prompt(name: str, **values: str) -> str:
    """The text of ``<name>.md`` with every ``$name`` filled in. Raises KeyError when one is missing."""
    return _template(name).substitute(values).strip()


@cache
def task(kind: str) -> str:
    """What a model is told besides about this kind of question; mostly nothing."""
    return prompt(f"task_{kind}") if files(__name__).joinpath(f"task_{kind}.md").is_file() else ""


@cache
def wording() -> str:
    """All prompts as one text, which changes when a word of them changes."""
    paths = sorted(
        (path for path in files(__name__).iterdir() if path.name.endswith(".md")), key=lambda path: path.name
    )
    return "\n".join(f"{path.name}\n{path.read_text(encoding='utf-8')}" for path in paths)
