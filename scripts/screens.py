"""Screenshots of the running demonstration, at 1366 and 390 px: `scripts/screens.py [--only NAME] [FOLDER]`.

The portal must answer at PORTAL_URL (default http://127.0.0.1:8000). Pages are reached the way a user reaches them:
by an address, or by following the link with a certain text.
"""

import argparse
import io
import os
import re
import shutil
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader

URL = os.environ.get("PORTAL_URL", "http://127.0.0.1:8000")
PASSWORD = "Binhe-demo-2026"
NOTICE, VOTE = "notice", "vote"  # found by `address_of`
LINK = re.compile(r"/vote/[A-Za-z0-9_-]+/?")
WIDTHS = {"desktop": (1366, 900), "phone": (390, 844)}
# Name, account, address, selectors of links to follow. Numbers in addresses are those of the demonstration: of the year
# before last (1 to 3), of the draft scheme (5) and the pilot (6), of this year's second to fourth quarter (8 to 10), of
# a branch's sheet in one of them (5442), one handed in (6124) and one of the pilot (6805).
SCREENS = (
    ("login", "", "/accounts/login/", ()),
    ("home-secretary", "s00101", "/", ()),
    ("sheets", "s00101", "/sheets/", ()),
    ("sheet", "s00101", "/sheets/", ("main tbody a",)),
    ("submit", "s00101", "/sheets/", ("main tbody a", "main a[href$='/submit/']")),
    ("nothing-found", "s00101", "/sheets/", ("main tbody a", "main a[href$='/nothing-found/']")),
    ("receipt", "s00103", "/sheets/6124/receipt/", ()),
    ("sheet-returned", "s00102", "/sheets/", ("main tbody a",)),
    ("home-department", "c001", "/", ()),
    ("department", "c001", "/sheets/department/", ()),
    ("department-sheet", "c001", "/sheets/department/", ("main tbody a",)),
    ("department-marks", "c009", "/sheets/6805/preliminary/", ()),
    ("home-inspector", "inspector21", "/", ()),
    ("queue", "inspector21", "/sheets/queue/", ()),
    ("review", "inspector21", "/sheets/queue/", ("main tbody a",)),
    ("home-office", "office1", "/", ()),
    ("board", "office1", "/cycles/board/", ()),
    ("board-reminder", "office1", "/cycles/board/reminder/?open=1", ()),
    ("records", "office1", "/sheets/records/", ()),
    ("tallies", "office1", "/results/", ()),
    ("tally", "office1", "/results/", ("main tbody a:has-text('第 1 次') >> nth=-1",)),
    (
        "comparison",
        "office1",
        "/results/",
        (
            "main tbody a:has-text('第 1 次') >> nth=0",
            "main a[href$='/comparison/']",
        ),
    ),
    ("ranking", "office1", "/results/ranking/", ()),
    ("result", "office1", "/results/ranking/", ("main tbody a",)),
    ("stamped", "s00101", "/sheets/5442/view/", (".page-header a[href$='#stamped']",)),
    ("publications", "authority1", "/results/publications/", ()),
    ("publication", "authority1", "/results/publications/", ("main tbody a",)),
    ("home-authority", "authority1", "/", ()),
    ("reports", "office1", "/reports/", ()),
    ("statistics-department", "c001", "/reports/statistics/?period=cycle-8", ()),
    ("statistics-year", "office1", "/reports/statistics/year/", ()),
    ("statistics-indicators", "office1", "/reports/statistics/indicators/?period=cycle-9", ()),
    ("schemes", "office1", "/schemes/", ()),
    ("scheme", "office1", "/schemes/1/", ()),
    ("scheme-pilot", "office1", "/schemes/6/", ()),
    ("designer", "office1", "/schemes/5/design/", ("main a:has-text('1.1 理论学习')",)),
    ("scheme-compare", "office1", "/schemes/5/compare/", ()),
    ("scheme-preview", "office1", "/schemes/5/preview/", ()),
    ("trial-start", "office1", "/results/trials/new/?version=5", ()),
    ("trial", "office1", "/results/trials/", ("main tbody a",)),
    ("earlier", "office1", "/results/earlier/", ()),
    ("branch-years", "s00101", "/reports/branches/1/years/", ()),
    ("workbooks", "k001", "/sheets/workbooks/", ()),
    ("organizations", "office1", "/organizations/", ()),
    ("branches", "office1", "/organizations/branches/", ()),
    ("members", "office1", "/people/members/", ()),
    ("accounts", "sysadmin", "/people/accounts/", ()),
    ("appointments", "secadmin", "/people/appointments/", ()),
    ("rights", "secadmin", "/reports/rights/", ("main tbody a",)),
    ("rights-branch", "secadmin", "/reports/rights/1/?branch=00101", ()),
    ("cycles", "office1", "/cycles/", ()),
    ("imports", "office1", "/organizations/imports/", ()),
    ("tasks", "office1", "/tasks/", ()),
    ("home-sysadmin", "sysadmin", "/", ()),
    ("home-auditor", "auditor", "/", ()),
    ("audit", "auditor", "/audit/", ()),
    ("security", "secadmin", "/accounts/security/", ()),
    ("factor-setup", "secadmin", "/accounts/second/setup/", ()),
    ("cycle", "office1", "/cycles/10/", ()),
    ("assignments", "office1", "/cycles/10/assignments/", ()),
    ("extensions", "authority1", "/sheets/extensions/", ()),
    ("extension", "authority1", "/sheets/extensions/?open=1", ("main tbody a",)),
    ("reopenings", "authority1", "/sheets/reopenings/", ()),
    ("reopening", "authority1", "/sheets/reopenings/", ("main tbody a",)),
    ("branch-changes", "office1", "/sheets/branch-changes/", ()),
    ("branch-change", "office1", "/sheets/branch-changes/", ("main tbody a",)),
    ("exemptions", "office1", "/sheets/exemptions/", ()),
    ("course", "c001", "/sheets/department/", ("main tbody a", ".page-header a[href$='h-timeline']")),
    ("flags", "inspector21", "/sheets/queue/?flagged=1&status=all", ()),
    ("calibration", "inspector21", "/sheets/calibration/?cycle=9", ()),
    ("visits", "inspector21", "/visits/", ()),
    ("visit-plan", "office1", "/visits/plans/", ("main tbody a",)),
    ("visit", "inspector21", "/visits/?status=in_progress", ("main a[href^='/visits/']:has-text('支部')",)),
    ("visit-record", "inspector21", "/visits/?status=signed", ("main a[href^='/visits/']:has-text('支部')",)),
    ("rectifications", "office1", "/visits/rectifications/", ()),
    ("rectification", "s00101", "/visits/rectifications/", ("main tbody a",)),
    ("polls", "c001", "/polls/", ()),
    ("poll", "c001", "/polls/?status=open", ("main tbody a",)),
    ("poll-result", "c001", "/polls/?status=closed", ("main tbody tr:has-text('满意度') a",)),
    ("poll-paper", "office1", "/polls/?status=entered", ("main tbody a",)),
    ("ballot-paper", "office1", "/polls/papers/", ("main tbody a",)),
    ("meetings", "c001", "/polls/meetings/", ()),
    ("meeting", "c001", "/polls/meetings/", ("main tbody a",)),
    ("year-facts", "office1", "/polls/year/", ()),
    ("procedure", "authority1", NOTICE, (".page-header a[href$='/procedure/']",)),
    ("publication-notice", "authority1", NOTICE, ()),
    ("public-notice", "s00101", "/results/objections/", ("main a[href^='/notices/']",)),
    ("object", "s00101", "/results/objections/", ("main a[href^='/notices/']", "main a[href*='/object/']")),
    ("consultation", "office1", "/results/consultations/1/", ()),
    ("objections", "authority1", "/results/objections/", ()),
    ("objection-register", "office1", "/results/objections/", ("main .alert a.btn",)),
    ("objection", "authority1", "/results/objections/?status=open", ("main tbody a",)),
    ("tie", "authority1", "/", ("main a:has-text('决定并列')", "main a:has-text('裁定并列')")),
    ("messages", "s00101", "/messages/", ()),
    ("outbox", "office1", "/outbox/", ()),
    ("mail", "office1", "/outbox/", ("main a[href^='/outbox/']",)),
    ("review-scope", "office1", "/cycles/", ("main a:has-text('2026年第四季度')", "main a:has-text('审核范围')")),
    ("approval-lists", "office1", "/sheets/approval-lists/", ()),
    ("approval-list", "office1", "/sheets/approval-lists/", ("main tbody a",)),
    ("scope-sample", "office1", "/cycles/1/scope/", ()),
    ("scope-candidates", "office1", "/cycles/2/scope/", ()),
    ("schemes-tally", "office1", "/results/3/", ()),
    ("schemes-ranking", "office1", "/results/ranking/?tally=3", ()),
    ("schemes-result", "office1", "/results/3/", ("#results tbody th a",)),
    ("schemes-publication", "s00101", "/results/publications/3/", ()),
    ("schemes-statistics", "office1", "/reports/statistics/year/?period=year-3", ()),
    ("schemes-plan", "office1", "/cycles/plans/3/", ()),
    ("plan-new", "office1", "/cycles/plans/new/", ()),
    ("cycle-new", "office1", "/cycles/", ("main a[href*='/new/Q']",)),
    ("team", "office1", "/cycles/teams/1/", ()),
    ("year-plan", "office1", "/cycles/", ("main a[href^='/cycles/plans/']:not([href*='new'])",)),
    ("state", "sysadmin", "/system/", ()),
    ("vote", "", VOTE, ()),
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


def address_of(browser: Browser, name: str) -> str:
    """The publication on notice, or a voter's link out of the file that the department takes."""
    with browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.accept())
        if name == NOTICE:
            sign_in(page, "authority1")
            page.goto(f"{URL}/results/publications/")
            return page.locator("main tr:has-text('公示中') a").first.get_attribute("href") or ""
        sign_in(page, "c001")
        page.goto(f"{URL}/polls/?status=open")
        page.locator("main tbody a").first.click()
        page.locator("form[action$='/links/'] [value=anew]").check()
        page.locator("form[action$='/links/'] button").click()
        with page.expect_download(timeout=60_000) as waiting:
            page.locator("#task a[href$='/file/']").click(timeout=60_000)
        text = "".join(sheet.extract_text() for sheet in PdfReader(waiting.value.path()).pages)
        return LINK.findall(re.sub(r"\s+", "", text))[0]


def save(picture: bytes, path: Path) -> None:
    """In 128 colours: a third of the size, and no difference for the eye."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(128).save(path, optimize=True)


def shoot(browser: Browser, folder: Path, only: str, whole: bool) -> None:
    """One picture per screen and width; an account signs in once per width."""
    names = only.split(",")
    chosen = [screen for screen in SCREENS if screen[0] in names or (len(names) == 1 and only in screen[0])]
    found = {name: address_of(browser, name) for name in {screen[2] for screen in chosen} & {NOTICE, VOTE}}
    for width, (wide, high) in WIDTHS.items():
        pages: dict[str, Page] = {}
        for name, account, address, links in chosen:
            if account not in pages:
                context = browser.new_context(viewport={"width": wide, "height": high}, locale="zh-CN")
                pages[account] = context.new_page()
                if account:
                    sign_in(pages[account], account)
            page = pages[account]
            page.goto(URL + found.get(address, address))
            for link in links:
                page.locator(link).first.click()
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(400)
            save(page.screenshot(full_page=whole), folder / f"{name}-{width}.png")
            print(f"{name}-{width}.png {page.title()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="docs/screens")
    parser.add_argument("--only", default="", help="names that contain this, or names with commas")
    parser.add_argument("--whole", action="store_true", help="the whole page, not what the window shows")
    options = parser.parse_args()
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path())
        shoot(browser, folder, options.only, options.whole)
        browser.close()


if __name__ == "__main__":
    main()
