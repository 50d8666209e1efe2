"""Screenshots of the running demonstration, at 1366 and 390 px: `scripts/screens.py [--only NAME] [FOLDER]`.

The portal must answer at PORTAL_URL (default http://127.0.0.1:8000). Pages are reached the way a user reaches them:
by an address, or by following the link with a certain text.
"""

import argparse
import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

URL = os.environ.get("PORTAL_URL", "http://127.0.0.1:8000")
PASSWORD = "Binhe-demo-2026"
WIDTHS = {"desktop": (1366, 900), "phone": (390, 844)}
# name, account, address, selectors of links to follow
SCREENS = (
    ("login", "", "/accounts/login/", ()),
    ("home-secretary", "s00101", "/", ()),
    ("sheets", "s00101", "/sheets/", ()),
    ("sheet", "s00101", "/sheets/", ("main a[href*='/sheets/']",)),
    ("home-department", "c001", "/", ()),
    ("department", "c001", "/sheets/department/", ()),
    ("department-sheet", "c001", "/sheets/department/", ("main tbody a",)),
    ("home-inspector", "inspector21", "/", ()),
    ("queue", "inspector21", "/sheets/queue/", ()),
    ("review", "inspector21", "/sheets/queue/", ("main tbody a",)),
    ("home-office", "office1", "/", ()),
    ("board", "office1", "/cycles/board/", ()),
    ("records", "office1", "/sheets/records/", ()),
    ("tallies", "office1", "/results/", ()),
    ("tally", "office1", "/results/", ("main tbody a:has-text('第 1 次') >> nth=-1",)),
    ("ranking", "office1", "/results/ranking/", ()),
    ("result", "office1", "/results/ranking/", ("main tbody a",)),
    ("publications", "authority1", "/results/publications/", ()),
    ("publication", "authority1", "/results/publications/", ("main tbody a",)),
    ("home-authority", "authority1", "/", ()),
    ("reports", "office1", "/reports/", ()),
    ("schemes", "office1", "/schemes/", ()),
    ("scheme", "office1", "/schemes/", ("main td a",)),
    ("organizations", "office1", "/organizations/", ()),
    ("branches", "office1", "/organizations/branches/", ()),
    ("members", "office1", "/people/members/", ()),
    ("accounts", "sysadmin", "/people/accounts/", ()),
    ("appointments", "secadmin", "/people/appointments/", ()),
    ("cycles", "office1", "/cycles/", ()),
    ("imports", "office1", "/organizations/imports/", ()),
    ("tasks", "office1", "/tasks/", ()),
    ("home-sysadmin", "sysadmin", "/", ()),
    ("home-auditor", "auditor", "/", ()),
)


def browser_path() -> str:
    """The browser: PORTAL_BROWSER, or Debian's."""
    names = (os.environ.get("PORTAL_BROWSER", ""), "chromium-headless-shell", "chromium")
    return next(path for name in names if name and (path := shutil.which(name)))


def sign_in(page: Page, account: str) -> None:
    """Sign in as a person would."""
    page.goto(f"{URL}/accounts/login/")
    page.fill("[name=username]", account)
    page.fill("[name=password]", PASSWORD)
    page.click("main form button[type=submit], main form button:not([type])")
    page.wait_for_load_state("networkidle")


def shoot(browser: Browser, folder: Path, only: str) -> None:
    """One picture per screen and width; an account signs in once per width."""
    for width, (wide, high) in WIDTHS.items():
        pages: dict[str, Page] = {}
        for name, account, address, links in SCREENS:
            if only and only not in name:
                continue
            if account not in pages:
                context = browser.new_context(viewport={"width": wide, "height": high}, locale="zh-CN")
                pages[account] = context.new_page()
                if account:
                    sign_in(pages[account], account)
            page = pages[account]
            page.goto(URL + address)
            for link in links:
                page.locator(link).first.click()
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(400)
            page.screenshot(path=folder / f"{name}-{width}.png", full_page=width == "phone" or name.endswith("-whole"))
            print(f"{name}-{width}.png {page.title()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="docs/screens")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path())
        shoot(browser, folder, options.only)
        browser.close()


if __name__ == "__main__":
    main()
