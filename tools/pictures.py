"""Make the pictures of the documentation from the demonstration data: ``docs/img/*.png``.

Needs the programs ``chromium`` and ``pdftoppm``. Its data are new at each run and gone at the end.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from app.services.demo import PASSWORD
from tools import server

FOLDER = server.ROOT / "docs" / "img"
WIDE, NARROW, HEIGHT = 1440, 360, 900
COLOURS = 192
ADDRESS = "https://zhuanpin.example"


def main() -> int:
    """Start a platform with demonstration data and take the pictures."""
    program = shutil.which("chromium")
    if program is None or shutil.which("pdftoppm") is None:
        print("chromium and pdftoppm are needed", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        env = server.environment(Path(folder), captcha="no", base_url=ADDRESS)
        server.flask(env, "setup")
        platform = server.start(env, Path(folder) / "server.log")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        try:
            take_all(browser, platform.url)
        finally:
            browser.close()
            platform.stop()
    return 0


def take_all(browser: Browser, url: str) -> None:
    """Every picture, by who sees it."""
    public = visitor(browser, url)
    take(public, "home", "/")
    take(public, "home-small", "/", width=NARROW)
    take(public, "search", "/products?q=净化")
    take(public, "search-small", "/products?q=净化", width=NARROW)
    take(public, "recognised", "/recognised")
    take(public, "articles", "/articles/")
    take(public, "open-data", "/data/")
    public.goto("/products?q=净化")
    public.get_by_role("link", name="含磷废水净化器").click()
    take(public, "product", None)
    take(visitor(browser, url, "admin"), "list", "/productview/list/")
    unit = visitor(browser, url, "unit1")
    take(unit, "workspace", "/my/")
    certificate(unit)
    begin_draft(unit)
    take(unit, "wizard", None)
    take(unit, "wizard-small", None, width=NARROW)
    take(unit, "import", "/my/import/")
    officer = visitor(browser, url, "officer")
    officer.goto("/recognition/")
    officer.get_by_role("link", name="年度专利密集型产品认定").first.click()
    take(officer, "round", None)
    officer.get_by_role("link", name="初筛", exact=True).first.click()
    officer.get_by_role("link", name="查看结果").click()
    take(officer, "screening", None)
    take(visitor(browser, url, "auditor"), "statistics", "/stats/regions")
    reviewer = visitor(browser, url, "reviewer1")
    reviewer.goto("/desk/")
    reviewer.get_by_role("link", name="漂浮式水生植物种植浮床").click()
    take(reviewer, "case", None)


def visitor(browser: Browser, url: str, name: str = "") -> Page:
    """A browser's page, signed in as ``name``."""
    page = browser.new_context(base_url=url, locale="zh-CN").new_page()
    if name:
        page.goto("/login/")
        page.fill("#username", name)
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(lambda address: "/login/" not in address)
    return page


def take(page: Page, name: str, path: str | None, width: int = WIDE) -> None:
    """A picture of the top of a page; of the page that is open when ``path`` is None."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    if path:
        page.goto(path)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.activeElement.blur()")
    keep(name, page.screenshot(animations="disabled"))


def begin_draft(page: Page) -> None:
    """A draft with mistakes, and what the checker says of them."""
    page.goto("/my/products/")
    page.get_by_role("button", name="备案产品", exact=True).first.click()
    page.fill("#name", "一种污水处理P80方法")
    findings = page.locator('[data-field="name"] .finding')
    expect(findings.first).to_be_visible()
    page.get_by_role("button", name="没有规格型号，填“无”").click()
    expect(page.locator(".save-state")).to_contain_text("自动保存")
    page.evaluate("scrollTo(0, 0)")


def certificate(page: Page) -> None:
    """The first page of a filing certificate."""
    page.goto("/my/products/?tab=filed")
    page.get_by_role("link", name="含磷废水净化器").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载备案证明").click()
    command = ["pdftoppm", "-r", "90", "-png", "-singlefile", str(download.value.path())]
    keep("certificate", subprocess.run(command, check=True, capture_output=True).stdout)


def keep(name: str, png: bytes) -> None:
    """Store a picture small: the pages have few colours."""
    with Image.open(io.BytesIO(png)) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    path = FOLDER / f"{name}.png"
    small.save(path, optimize=True)
    print(f"{path.relative_to(server.ROOT)}  {path.stat().st_size // 1024} kB")


if __name__ == "__main__":
    sys.exit(main())
