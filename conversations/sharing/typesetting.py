"""Sets a document by Typst. A program of its own, so that it can be ended: ``typesetting.py TEMPLATE SECONDS FOLDER…``.

Reads the data of the template, as JSON, from its input and writes the PDF to its output. ``SECONDS``: the document's time, since 1970.
"""

import resource
import sys

import typst

MOST_BYTES = 4 * 1024**3  # of address space, most of it mapped and never touched


def main(template: str, seconds: str, *folders: str) -> None:
    """Sets one document."""
    if sys.platform == "linux":  # macOS refuses it
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    written = typst.compile(
        template,
        format="pdf",
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=list(folders)),
        ignore_system_fonts=True,  # the same document on every machine
        sys_inputs={"data": sys.stdin.buffer.read().decode()},
        timestamp=int(seconds),
    )
    assert isinstance(written, bytes)
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    main(*sys.argv[1:])
