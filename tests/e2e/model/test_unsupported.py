"""What no source supports is marked: a label in every look, and a line under the sentence."""

import re
from collections.abc import Callable

import pytest
from playwright.async_api import Page, expect

from tests.documents import HANDBOOK as HANDBOOK
from tests.e2e import chat
from tests.e2e.test_looks import FAINT, LEAST_CONTRAST, SETTLED, SIZES, TOO_WIDE
from tests.stub_llm import RunningStub

pytestmark = pytest.mark.browser
QUESTION = "How many days of paid annual leave are there?"
LABEL = "[data-fn-unsupported]"
UNDERLINED = "() => [...(CSS.highlights.get('fn-unsupported') ?? [])].map((range) => range.toString().trim())"


async def test_an_unsupported_sentence_is_marked(page: Page, stub: RunningStub, shot: Callable[[str], str]) -> None:
    stub.behave("invent")
    await chat.ask(page, QUESTION)
    for _ in range(2):  # as it streamed, and as it was stored
        label = page.locator(LABEL)
        await expect(label).to_have_text(["(not supported by the sources)"] * 2)
        await expect(label.first).to_have_attribute("title", "Nothing in the passages that were found says this.")
        await page.wait_for_function(f"({UNDERLINED})().length === 2")
        assert await page.evaluate(UNDERLINED) == [
            "The moon base opened in 1875 with 4312 visitors.",
            "Its captain was called Zaphod Quux.",
        ]
        await page.reload()
    for scheme in ("light", "dark"):
        await page.evaluate("(scheme) => localStorage.setItem('vite-ui-theme', scheme)", scheme)
        await page.reload()
        await expect(page.locator("html")).to_have_class(re.compile(scheme))
        for size, (width, height) in SIZES.items():
            await page.set_viewport_size({"width": width, "height": height})
            await expect(page.locator(LABEL).first).to_be_visible()
            await page.evaluate(SETTLED)
            assert await page.evaluate(TOO_WIDE) <= 0
            assert await page.evaluate(FAINT, LEAST_CONTRAST) == []
            await page.screenshot(path=shot(f"unsupported-{size}-{scheme}"))


async def test_an_invented_number_is_never_on_the_page(page: Page, stub: RunningStub) -> None:
    stub.behave("invent")
    await page.evaluate(
        "() => { window.seen = []; new MutationObserver(() => window.seen.push(document.body.innerText))"
        ".observe(document.body, {childList: true, subtree: true, characterData: true}); }"
    )
    await chat.ask(page, QUESTION)
    seen = await page.evaluate("() => window.seen")
    assert any("4312" in text for text in seen)
    assert not any("[9" in text for text in seen)
