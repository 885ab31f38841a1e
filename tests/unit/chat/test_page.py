"""The HTML page: nothing from elsewhere, and a policy that fits it."""

import re
from pathlib import Path

import chainlit

from chat.hardening.page import Page, script_hashes, without_foreign_hosts

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE = """<html><head><title>x</title>
<link rel="preconnect" href="https://fonts.gstatic.com" crossorigin />
<link
  rel="stylesheet"
  href="//cdn.example/x.css"
/>
<meta property="og:image" content="https://bucket.example/x.png">
<script>let a = 1</script>
<script src="https://evil.example/a.js"></script>
<script type="module" src="/assets/a.js"></script>
</head></html>"""


def test_foreign_hosts_are_removed() -> None:
    html = without_foreign_hosts(TEMPLATE)
    assert "://" not in html
    assert "cdn.example" not in html
    assert "/assets/a.js" in html
    assert "let a = 1" in html


def test_inline_scripts_are_hashed_and_nothing_else_is_allowed() -> None:
    assert script_hashes("<script>alert(1)</script>") == ["'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"]
    policy = Page.from_template(TEMPLATE).policy
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert scripts.count("'sha256-") == 1
    assert "unsafe" not in scripts


def test_the_style_of_formulas_is_of_the_version_that_draws_them() -> None:
    """Chainlit's page names the version of KaTeX in its bundle; ours is the same, from here."""
    template = (Path(chainlit.__file__).parent / "frontend" / "dist" / "index.html").read_text()
    version = re.search(r"katex@([\d.]+)/", template)
    assert version
    assert f"`katex` {version[1]} " in (ROOT / "public" / "lib" / "katex" / "README.md").read_text()
