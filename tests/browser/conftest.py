"""A real browser on a live server, watched: console errors, CSP violations and requests elsewhere fail the test."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from members.models import User

DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
PATIENCE = 60_000  # milliseconds; on a busy machine a first page takes its time, and only a failing test waits so long
expect.set_options(timeout=PATIENCE / 3)
TELL_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", function (event) {
  console.error("CSP violation: " + event.violatedDirective + " " + event.blockedURI);
});
"""
# A click while styles and fonts still arrive can fall between two layouts and be lost; so nothing is done before
TELL_LOADING = """
document.documentElement?.setAttribute("data-loading", "");
addEventListener("load", async () => {
  await document.fonts.ready;
  document.documentElement.removeAttribute("data-loading");
});
"""

IS_TOO_WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"


def check_fits(page: Page, about: object = "") -> None:
    """Nothing sticks out of the page to the right, once charts have followed a new width."""
    for _ in range(100):
        if not page.evaluate(IS_TOO_WIDE):
            return
        page.wait_for_timeout(50)
    width = page.evaluate("document.documentElement.scrollWidth")
    raise AssertionError(f"{about or page.url}: {width} px wide in a window of {page.viewport_size}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything below this folder is a browser test and works on committed rows."""
    for item in items:
        if "tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session", autouse=True)
def _orm_beside_playwright() -> Iterator[None]:
    """Playwright's loop runs in this thread; without the permission Django refuses the ORM beside it."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@dataclass
class Watch:
    """What must not happen on a page. `expect("409")` allows one console error that holds these words."""

    host: str
    faults: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, words: str) -> None:
        self.expected.append(words)

    def follow(self, page: Page) -> None:
        page.on("console", lambda message: self._note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self._note(f"script error: {error}"))
        page.on("request", lambda request: self._check_host(request.url))

    def _note(self, text: str) -> None:
        if not any(words in text for words in self.expected):
            self.faults.append(text)

    def _check_host(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.faults.append(f"request to another host: {url}")


@pytest.fixture
def watch(live_server: object) -> Iterator[Watch]:
    """Follows every page of the test; what it found is asserted at the end."""
    found = Watch(urlsplit(live_server.url).netloc)
    yield found
    assert found.faults == []


def _wait_for_loading(page: Page) -> None:
    """Actions and expectations on this page wait until it has its styles, scripts and fonts."""
    page.add_locator_handler(page.locator("html[data-loading]"), lambda: None)


@pytest.fixture
def open_as(
    browser: Browser, live_server: object, watch: Watch, sign_in: Callable[[User], Client]
) -> Iterator[Callable[..., Page]]:
    """`open_as(user, "/path/", size=PHONE)`: a page of a browser of one's own, signed in (`user=None`: not)."""
    contexts: list[BrowserContext] = []

    def make(user: User | None, path: str = "/", size: dict | None = None, **options: object) -> Page:
        context = browser.new_context(
            base_url=live_server.url, viewport=size or DESKTOP, locale="zh-CN", timezone_id="Asia/Shanghai", **options
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.add_init_script(TELL_VIOLATIONS)
        context.add_init_script(TELL_LOADING)
        context.on("page", watch.follow)
        context.on("page", _wait_for_loading)
        if user is not None:
            cookie = sign_in(user).cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.goto(path)
        return page

    yield make
    for context in contexts:
        context.close()


def _run_axe(page: Page, tries: int = 5) -> list[dict]:
    """What axe-core finds; once more where the page went on to the next one in the middle of it."""
    while True:
        expect(page.locator("html")).not_to_have_attribute("data-loading", "")
        try:
            return Axe().run(page).response["violations"]
        except Error:
            tries -= 1
            if not tries:
                raise


@pytest.fixture
def check_accessible() -> Callable[[Page], None]:
    """`check_accessible(page)`: axe-core finds nothing serious or critical."""

    def check(page: Page) -> None:
        found = _run_axe(page)
        bad = [
            f"{each['id']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]
        assert bad == []

    return check
