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
