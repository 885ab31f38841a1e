"""A model's reply on the page: thoughts folded, formulas drawn, what was cut off continued, any answer had anew."""

from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.documents import HANDBOOK as HANDBOOK
from tests.e2e import chat
from tests.stub_llm import RunningStub

pytestmark = pytest.mark.browser
QUESTION = "How many days of paid annual leave are there?"
LEAVE = "Every employee receives twenty-eight days of paid annual leave per year"
FORMULAS = rf"""It is $E = mc^2$ or \(a^2+b^2=c^2\), and costs $5 and $10:

\[
\int_0^1 x^2\,dx = \frac{{1}}{{3}}
\]

| one | two |
|---|---|
| $x_1$ | `$y$` |

{LEAVE} [1].
"""
TABLE = f"""| What | How long |
|---|---|
| annual leave | twenty-eight days [1] |

{LEAVE.replace("twenty-eight days", "**twenty-eight days**")} [1].

```python
print("[1]")
```
"""
NOT_COVERED = """(selector) => {
    const part = [...document.querySelectorAll(selector)].at(-1), box = part.getBoundingClientRect();
    const seen = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return part === seen || part.contains(seen);
}"""
Shot = Callable[[str], str]


async def test_thoughts_are_folded_and_formulas_are_drawn(page: Page, stub: RunningStub, shot: Shot) -> None:
    loaded: list[str] = []
    page.on("requestfinished", lambda request: loaded.append(request.url))
    stub.say(FORMULAS, thoughts="The person asks about **leave**, see [1].")
    await chat.send(page, QUESTION)
    answer = chat.answers(page)
    for _ in range(2):  # as it streamed, and as it was stored
        await expect(chat.citations(page)).to_have_count(1)
        await expect(answer.locator(".katex")).to_have_count(4)
        await expect(answer.locator(".katex-display")).to_have_count(1)
        await expect(answer).to_contain_text("costs $5 and $10")
        await expect(answer.locator("code")).to_have_text("$y$")
        await expect(page.get_by_text("The person asks about")).to_have_count(0)
        await page.get_by_role("button", name="Thoughts").click()
        await expect(page.get_by_text("The person asks about leave, see [1].")).to_be_visible()
        await page.screenshot(path=shot("thoughts"))
        await page.reload()
    assert any("/public/lib/katex/fonts/" in url for url in loaded)
    assert all(url.startswith(page.url.split("/thread")[0]) or url.startswith("data:") for url in loaded)


async def test_a_copy_has_tables_code_and_what_is_bold(page: Page, stub: RunningStub) -> None:
    """C078's sibling: as Markdown, and as HTML for a mail."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    stub.say(TABLE)
    await chat.ask(page, QUESTION)
    await page.get_by_role("button", name="Copy to clipboard").last.click()
    await page.wait_for_function("navigator.clipboard.readText().then((text) => text.includes('Sources:'))")
    text = await page.evaluate("navigator.clipboard.readText()")
    kept = text.partition("Sources:")[0]
    assert "| What | How long |\n|---|---|\n| annual leave | twenty-eight days" in kept
    assert '```python\nprint("[1]")\n```' in kept
    assert "**twenty-eight days**" in kept
    html = await page.evaluate(
        "navigator.clipboard.read().then(([item]) => item.getType('text/html')).then((blob) => blob.text())"
    )
    assert "<strong>twenty-eight days</strong>" in html
    assert "<th>What</th>" in html
    assert "<pre><code>" in html
    assert "class=" not in html


async def test_the_end_stays_in_sight_and_is_not_covered(page: Page, stub: RunningStub) -> None:
    """The list of sources comes when the page has scrolled; what is done is said above the field."""
    stub.say(f"{LEAVE} [1].\n\n" * 12, then=f"{LEAVE} [1]. So it is.")
    await chat.ask(page, QUESTION)
    await page.get_by_role("button", name="Answer anew").click()
    await expect(chat.answers(page)).to_have_count(2)
    await expect(page.locator(".fn-sources")).to_have_count(2)
    await expect(page.get_by_role("button", name="Keep as a note").last).to_be_in_viewport(ratio=1)
    await page.wait_for_function(f"({NOT_COVERED})('.fn-note')")
    await page.get_by_role("button", name="Keep as a note").last.click()
    await expect(page.locator("#fn-toast")).to_contain_text("library")
    for part in ("#upload-button", "#chat-input"):
        assert await page.evaluate(f"({NOT_COVERED})('{part}')"), part


async def test_what_was_cut_off_is_continued_in_its_place(page: Page, stub: RunningStub, shot: Shot) -> None:
    stub.say(f"{LEAVE} [1]. It is meant to be", finish="length", then=" enjoyed.")
    await chat.send(page, QUESTION)
    await expect(chat.answers(page)).to_contain_text("The answer was cut off at the length limit.")
    await page.reload()
    await page.screenshot(path=shot("cut-off"))
    await page.get_by_role("button", name="Continue").click()
    for _ in range(2):
        await expect(chat.answers(page)).to_contain_text("It is meant to be enjoyed")
        await expect(chat.answers(page)).not_to_contain_text("cut off")
        await expect(chat.answers(page)).to_have_count(1)
        await page.reload()


async def test_any_answer_can_be_had_anew_and_the_earlier_one_stays(page: Page, stub: RunningStub) -> None:
    stub.say(f"{LEAVE} [1].", then=f"{LEAVE} [1]. So it is.")
    await chat.ask(page, QUESTION)
    await page.get_by_role("button", name="Answer anew").click()
    await expect(chat.answers(page)).to_have_count(2)
    await expect(chat.answers(page).last).to_contain_text("So it is.")
    await expect(chat.answers(page).first).to_contain_text(LEAVE)
