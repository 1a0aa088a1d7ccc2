"""Pictures of the page for docs/figures, of a service that shows the demo's run: python tools/page_pictures.py http://127.0.0.1:8000/

Needs playwright, Pillow and a Chromium. `pyexplain demo --serve` starts the service.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

FOLDER = Path(__file__).parents[1] / "docs" / "figures"
CHANGED = "?user=U000096&word=comfort*0&struck=B000029"
COLOURS = 256  # of a picture's palette: half the bytes, and no difference that is seen
# name: address, width, height, light or dark
PICTURES = {
    "page": (CHANGED, 1200, 860, "light"),
    "page-why-not": ("?user=U000096&why=B000001&view=analyst", 1200, 860, "dark"),
    "page-narrow": (CHANGED, 360, 860, "light"),
}


def main() -> None:
    """All of them."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000/"
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, picture in PICTURES.items():
            take(browser, address, FOLDER / f"{name}.png", *picture)
        browser.close()


def take(browser: Any, address: str, out: Path, query: str, width: int, height: int, scheme: str) -> None:
    """One picture; on a narrow screen, of the list."""
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce")
    page.goto(address + query)
    page.locator("#items li").first.wait_for()
    page.wait_for_timeout(500)
    if width < 500:
        page.locator("#changes").scroll_into_view_if_needed()
        page.evaluate("window.scrollTo(0, document.querySelector('#changes').offsetTop - 8)")
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.quantize(COLOURS, dither=Image.Dither.NONE).save(out, optimize=True)
    page.close()


if __name__ == "__main__":
    main()
