"""The parser of the chat's own page: what code and formulas a reader sees in a markdown text.

Chainlit ships a source map of its front end. The parser's modules are taken from there, in the very versions that run in the browser, and
run in the Node that Playwright brings along.
"""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import chainlit
import playwright

ROOT = Path(chainlit.__file__).parent / "frontend" / "dist" / "assets"
NODE = Path(playwright.__file__).parent / "driver" / "node"
GITHUB = ("autolink-literal", "footnote", "strikethrough", "table", "task-list-item")
ENTRIES = (
    "micromark",
    "micromark-extension-directive",
    "micromark-extension-math",
    *(f"micromark-extension-gfm-{name}" for name in GITHUB),
)
MODULE = re.compile(r"node_modules/\.pnpm/[^/]+/node_modules/((?:@[^/]+/)?[^/]+)/(.+)$")
IMPORT = re.compile(r"""(?:from|import)\s*['"]((?:@[^/'"]+/)?[^./'"@][^/'"]*)""")
# Asserts, which the build leaves out; and what asks a browser for the meaning of "&amp;".
ENTITY = "export const decodeNamedCharacterReference = (name) => ({ amp: '&', grave: '`', lt: '<' })[name] ?? false"
STUBS = {
    "devlop": {"index.js": "export const ok = () => {}\nexport const unreachable = () => {}"},
    "decode-named-character-reference": {"index.js": ENTITY},
}
SCRIPT = """
import { createInterface } from 'node:readline'
import { parse, postprocess, preprocess } from 'micromark'
import { directive } from 'micromark-extension-directive'
import { gfmAutolinkLiteral } from 'micromark-extension-gfm-autolink-literal'
import { gfmFootnote } from 'micromark-extension-gfm-footnote'
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough'
import { gfmTable } from 'micromark-extension-gfm-table'
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item'
import { math } from 'micromark-extension-math'

const extensions = [
  gfmAutolinkLiteral(), gfmFootnote(), gfmStrikethrough(), gfmTable(), gfmTaskListItem(), directive(), math()
]

const TARGETS = ['resourceDestinationString', 'literalAutolink', 'autolink', 'definition', 'reference', 'directiveText']

function codeOf(markdown) {
  const parser = parse({ extensions })
  const events = postprocess(parser.document().write(preprocess()(markdown.trim(), undefined, true)))
  const found = []
  const links = []
  for (const [way, token, context] of events) {
    if (way !== 'enter') continue
    const text = context.sliceSerialize(token)
    if (token.type === 'codeText') found.push(['span', ''])
    if (token.type === 'codeFenced' || token.type === 'codeIndented') found.push(['block', ''])
    if (TARGETS.includes(token.type)) links.push(text)
    if (token.type === 'mathText') found.push(['formula', ''])
    if (token.type === 'mathFlow') found.push(['display', ''])
    if (token.type === 'mathTextData' || token.type === 'mathFlowValue') found.at(-1)[1] += text
    if (token.type === 'codeTextData' || token.type === 'codeFlowValue') found.at(-1)[1] += text
  }
  return { found, links }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(codeOf(JSON.parse(line))))
}
"""


class PageParser:
    """A running parser."""

    def __init__(self, node: "subprocess.Popen[str]") -> None:
        self._node = node

    def code(self, markdown: str) -> list[tuple[str, str]]:
        """``span`` or ``block``, ``formula`` or ``display``, and its text, for all code and formulas that the page shows, in order."""
        return [(kind, text) for kind, text in self._read(markdown)["found"]]

    def links(self, markdown: str) -> list[str]:
        """Where links and images lead, and what else could become one."""
        return [str(link) for link in self._read(markdown)["links"]]

    def _read(self, markdown: str) -> dict[str, list[Any]]:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(f"{json.dumps(markdown)}\n")
        self._node.stdin.flush()
        read: dict[str, list[Any]] = json.loads(self._node.stdout.readline())
        return read


@contextmanager
def page_parser(folder: Path) -> Iterator[PageParser]:
    """The parser, whose modules are written into a folder."""
    _write_modules(folder)
    (folder / "run.mjs").write_text(SCRIPT)
    with subprocess.Popen(
        [NODE, folder / "run.mjs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as node:
        yield PageParser(node)
        assert node.stdin
        node.stdin.close()


def _write_modules(folder: Path) -> None:
    """The packages of the parser and those that they import."""
    packages = _packages()
    wanted, written = list(ENTRIES), set[str]()
    while wanted:
        name = wanted.pop()
        files = packages.get(name)
        if name in written or files is None:  # the second are named in comments only
            continue
        written.add(name)
        home = folder / "node_modules" / name
        for path, source in files.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_text(source, encoding="utf-8")
            wanted += IMPORT.findall(source)
        (home / "package.json").write_text(json.dumps({"type": "module", "main": _main(home, files)}))


def _main(home: Path, files: dict[str, str]) -> str:
    """The module that stands for the package; one that exports all where the build has merged it away."""
    for name in ("index.js", "lib/index.js", "index.dom.js"):
        if name in files:
            return name
    (home / "index.js").write_text("".join(f"export * from './{path}'\n" for path in files))
    return "index.js"


def _packages() -> dict[str, dict[str, str]]:
    """Package → path → source, as the page's script was built from."""
    (index,) = ROOT.glob("index-*.js.map")
    built = json.loads(index.read_text(encoding="utf-8"))
    packages: dict[str, dict[str, str]] = {name: dict(files) for name, files in STUBS.items()}
    for path, source in zip(built["sources"], built["sourcesContent"], strict=True):
        if source and (found := MODULE.search(path)) and found[1] not in STUBS:
            packages.setdefault(found[1], {})[found[2]] = source
    return packages
