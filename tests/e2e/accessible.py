"""What the accessibility tests look at, and how: axe-core (from its wheel, nothing from other hosts) in a real browser."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from playwright.async_api import Frame, Page

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
# Beside WCAG: what axe calls best practice, and people with screen readers miss where it is not kept.
MORE_RULES = (
    "heading-order",
    "page-has-heading-one",
    "landmark-one-main",
    "region",
    "label-title-only",
    "empty-heading",
    "tabindex",
)
ENDED = """() => Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition)
    .map((one) => one.finished.catch(() => null)))"""
RUN = """async ({tags, rules, without}) => {
    const {violations} = await axe.run({exclude: without}, {
        runOnly: {type: 'tag', values: [...tags, 'best-practice']},
        resultTypes: ['violations'],
        iframes: false,
    });
    const wanted = (one) => rules.includes(one.id) || one.tags.some((tag) => tags.includes(tag));
    return violations.filter(wanted).flatMap(({id, nodes}) =>
        nodes.map(({target, html, failureSummary}) =>
            `${id}: ${target.join(' ')} ${html.slice(0, 160)} – ${failureSummary.slice(0, 200)}`));
}"""


@dataclass(frozen=True, slots=True)
class Look:
    """A window. At 200 % zoom a page has half the window's pixels, each twice as large."""

    width: int
    height: int
    scheme: str
    scale: float = 1

    @property
    def of_context(self) -> dict[str, Any]:
        """Arguments of a browser context."""
        size = {"width": round(self.width / self.scale), "height": round(self.height / self.scale)}
        return {
            "viewport": size,
            "device_scale_factor": self.scale,
            "color_scheme": self.scheme,
            "reduced_motion": "reduce",
        }


LOOKS = {
    "light": Look(1280, 900, "light"),
    "dark": Look(1280, 900, "dark"),
    "phone": Look(360, 780, "dark"),
    "light-200": Look(1280, 900, "light", 2),  # the size moves things, the scheme colours them: not both at once
}

# (name, address, text that is there when the page is): one line for each page. {answer}, {citation}, {job}, {failed_job}, {refusal},
# {person} and {transcript} stand for what test_accessibility.py makes.
PAGES: tuple[tuple[str, str, str], ...] = (
    ("login", "/login", ""),
    ("chat-empty", "/", ""),
    ("chat-answer", "{answer}", "[1]"),
    ("library", "/library", "handbook.pdf"),
    ("keys", "/keys", "API keys"),
    ("reviews", "/reviews", "the old handbook"),
    ("admin-dashboard", "/admin", "Dashboard"),
    ("admin-conversations", "/admin/conversations", "Conversations"),
    ("admin-cases", "/admin/cases", "Test cases"),
    ("admin-case", "/admin/cases/new", "New test case"),
    ("admin-runs", "/admin/cases/runs", "Runs over"),
    ("admin-jobs", "/admin/jobs", "Jobs"),
    ("admin-people", "/admin/people", "admin"),
    ("admin-person-new", "/admin/people/new", "Name"),
    ("admin-person", "{person}", "Use and quotas"),
    ("admin-review-list", "/admin/reviews?state=all", "Review queue"),
    ("admin-transcript", "{transcript}", "How many days of paid annual leave"),
    ("admin-import", "/admin/people/import", "CSV"),
    ("admin-cases-import", "/admin/cases/import", "JSON Lines"),
    ("admin-libraries", "/admin/libraries", "Libraries"),
    ("admin-groups", "/admin/groups", "Groups"),
    ("admin-keys", "/admin/keys", "API keys"),
    ("admin-audit", "/admin/audit", "Audit log"),
    ("admin-rights", "/admin/rights", "Legal holds"),
    ("account", "/account", "Profile"),
    ("account-password", "/account/password", "Password"),
    ("account-sign-ins", "/account/sign-ins", "Sign-ins"),
    ("account-use", "/account/use", "Use"),
    ("account-shares", "/account/shares", "Shared links"),
    ("account-openings", "/account/openings", "Opened by"),
    ("account-data", "/account/data", "Your data"),
    ("citation", "{citation}", "handbook.pdf"),
    ("job", "{job}", "Ready"),
    ("job-failed", "{failed_job}", "damaged"),
    ("how-found", "{answers}", "How this was found"),
    ("refusal", "{refusal}", "Tell an admin"),
    ("nowhere", "/nothing/here", "nothing here"),
    ("no-job", "/jobs/00000000-0000-4000-8000-000000000000", "no such"),
)


async def violations(page: Page | Frame, without: tuple[str, ...] = ()) -> list[str]:
    """What axe finds wrong, one line for each element: the rule, where, and what it says.

    Args:
        without: selectors of parts that are not looked at.
    """
    await page.evaluate(ENDED)
    await page.evaluate(AXE)
    found: list[str] = await page.evaluate(
        RUN, {"tags": list(WCAG), "rules": list(MORE_RULES), "without": [[one] for one in without]}
    )
    return found
