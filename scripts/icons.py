"""Makes the pictures of public/manifest.json and of the start screen of a phone from public/avatars/footnote.svg.

Usage: python -m scripts.icons
"""

import asyncio
from pathlib import Path

from playwright.async_api import async_playwright

from tests.e2e.conftest import CHROMIUM_ARGS

PUBLIC = Path(__file__).resolve().parents[1] / "public"
DRAWING = PUBLIC / "avatars" / "footnote.svg"
FOLDER = PUBLIC / "icons"
ROUNDED = 'rx="11" '
SIZES = {
    "icon-192": 192,
    "icon-512": 512,
    "maskable-512": 512,
    "touch-180": 180,
}  # pixels; the last two fill their square
SAFE = 0.8  # of a maskable icon is seen in every shape (W3C, Web Application Manifest, "maskable")


def page(name: str, drawing: str) -> str:
    """A page that shows the drawing as the icon of this name has it."""
    if name.startswith("icon"):
        return f"<style>body{{margin:0}}svg{{display:block;width:100vw}}</style>{drawing}"
    full = drawing.replace(ROUNDED, "")
    place = f"width:{100 * SAFE}vw;margin:{50 * (1 - SAFE)}vw" if name.startswith("maskable") else "width:100vw"
    return f"<style>body{{margin:0;background:#b3261e}}svg{{display:block;{place}}}</style>{full}"


async def main() -> None:
    """Draws each in Chromium."""
    FOLDER.mkdir(exist_ok=True)
    drawing = DRAWING.read_text(encoding="utf-8")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM_ARGS)
        for name, size in SIZES.items():
            view = await browser.new_page(viewport={"width": size, "height": size})
            await view.set_content(page(name, drawing))
            await view.screenshot(path=FOLDER / f"{name}.png", omit_background=True)
            await view.close()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
