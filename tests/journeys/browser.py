"""Debian's Chromium, driven by Playwright, and the screenshots a journey leaves behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARTEFACTS = ROOT / "artefacts" / "journeys"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-dev-shm-usage",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", headless=True, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


class Watched:
    """A page whose errors fail the journey: an uncaught exception, a console error, or a 5xx answer."""

    def __init__(
        self, browser: Browser, *, locale: str = "en-GB", scheme: str = "light", width: int = 1440, **options: object
    ) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900},
            locale=locale,
            color_scheme=scheme,
            permissions=["clipboard-read", "clipboard-write"],
            accept_downloads=True,
            **options,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(f"exception: {error}"))
        self.page.on("response", self._look_at_response)

    def _look_at_response(self, response) -> None:
        if response.status >= 500:
            self.errors.append(f"{response.status} {response.url}")

    def shot(self, name: str) -> Path:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        path = ARTEFACTS / f"{name}.png"
        self.page.screenshot(path=path, animations="disabled")
        return path

    def shot_in_both(self, name: str) -> None:
        """In the dark, and in the light again."""
        for scheme in ("dark", "light"):
            self.page.emulate_media(color_scheme=scheme)
            self.shot(f"{name}-{scheme}")

    def close(self) -> None:
        self.shot("last-seen")
        self.context.close()
        assert not self.errors, self.errors


def expect_parameters(page: Page, count: int) -> None:
    """The totals of the editor come to `count` parameters, or will soon."""
    expect(page.get_by_test_id("totals-parameters")).to_have_attribute("data-value", str(count), timeout=60_000)
