"""A whole round of recognition with real clicks: from the officer's plan to a certificate verified with the network off."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, expect

from app.documents import signed_pdf
from app.services.recognition import verification
from tests.browser.conftest import Post
from tests.browser.moved import Clock
from tests.browser.people import Person, until
from tests.browser.round_cast import (
    AFTER,
    BELOW,
    DOUBTED,
    EMAIL,
    FIRST,
    LAST_DAY,
    MOBILE,
    NAME,
    NEVER,
    PARTS,
    PUBLISHED,
    REFUSED,
    SALES,
    START,
    Round,
    hand_in_the_others,
    people_and_products,
    said,
)  # fmt: skip
from tests.browser.steps import pdf_text, read_mails
from tests.support.accounts import PASSWORD
from tests.support.databases import Database
from tests.support.notices import at
from tests.support.supplements import WHOLE
from tools import server

OBJECTION = "该产品的核心专利已经失效，与公示的信息不符。"


@pytest.fixture
def round_(
    app: Flask, database: Database, post: Post, somebody: Callable[..., Person], tmp_path: Path
) -> Iterator[Round]:
    """A platform with five filed products, an officer, two reviewers and a unit, on the morning of ``START``."""
    filed = people_and_products()
    clock, folder = Clock(tmp_path / "clock"), tmp_path / "data"
    clock.set(at(START))
    folder.mkdir()
    env = clock.environment(server.environment(
        folder, database_url=database.url, captcha="no", smtp_host="127.0.0.1", smtp_port=post.mail_port,
        sms_provider="http", sms_endpoint=post.gateway.url, mail_from="noreply@example.cn",
    ))  # fmt: skip
    server.flask(env, "keys", "init")
    platform = server.start(env, tmp_path / "server.log")
    people = [somebody(platform.url, accept_downloads=True) for _ in range(5)]
    for person in people:
        person.page.on("dialog", lambda dialog: dialog.accept())
    yield Round(*people, platform, clock, post, tmp_path, filed)
    for person in people:
        person.leave()  # the server waits for open connections
    platform.stop()


def test_a_whole_round_to_a_certificate_verified_offline(round_: Round, chromium: Browser) -> None:
    plan_and_publish(round_)
    screen(round_)
    ask_units(round_)
    supplement(round_)
    evaluate(round_)
    propose(round_)
    publish_notice(round_)
    phrases = object_to_two(round_)
    decide_objections(round_, phrases)
    recognise(round_)
    certificate = download_certificate(round_)
    address = read_code(round_, certificate)
    verify_by_command(round_, address)
    verify_offline(round_, chromium, address)
    verify_online(round_, address)


def plan_and_publish(r: Round) -> None:
    """The round as it usually is; publishing shows what will be frozen."""
    r.officer.sign_in("officer", PASSWORD)
    page = r.officer.go("/recognition/")
    r.officer.follow("新建批次")
    expect(page.locator("#year")).to_have_value("2025")
    page.fill("#supplement_deadline", "2025-09-19")
    r.officer.submit("保存")
    r.officer.follow("核对并发布")
    expect(page.get_by_role("main")).to_contain_text("示例方案")
    r.officer.submit("确认发布")
    said(page, "批次已发布，评价方案已固定")


def screen(r: Round) -> None:
    """Candidates, then a run in the background whose page shows how far it is; its verdicts are taken over."""
    page = r.officer.page
    r.officer.follow("汇集候选产品")
    r.officer.submit("汇集候选产品")
    expect(page.get_by_role("rowheader")).to_have_count(5)
    r.back_to_round()
    r.officer.follow("初筛")
    r.follow_work("开始初筛")
    expect(page.get_by_role("row", name=NEVER)).to_contain_text("未通过")
    r.officer.follow(f"查看说明 {NEVER}")
    expect(page.get_by_role("main")).to_contain_text("销售收入")
    page.go_back()
    r.officer.follow("采用结果")
    r.officer.submit("确认采用")
    said(page, "已采用：4 个产品初筛通过，1 个未通过")


def ask_units(r: Round) -> None:
    """The message is shown before it goes; mail and SMS reach their servers."""
    page = r.officer.page
    r.officer.follow("去办理 补充信息")
    r.officer.follow("通知 4 个初筛通过的产品")
    expect(page.get_by_role("main")).to_contain_text("请补充认定信息")
    r.follow_work("确认通知", "已通知 4 个产品补充信息")
    mail = until(
        lambda: next((t for t in read_mails(r.post, EMAIL) if FIRST in t), ""), "mail about the screening"
    )
    text = until(lambda: next(iter(r.post.texts(MOBILE)), ""), "SMS about the screening")
    assert "2025年9月19日" in mail and NEVER not in mail
    assert "2025年9月19日" in text and FIRST not in text


def supplement(r: Round) -> None:
    """A draft is kept and taken up again; what is missing is said; one is handed in with evidence."""
    r.unit.sign_in("jia", PASSWORD)
    page = r.unit.go("/my/recognition/")
    expect(page.get_by_label(NEVER, exact=True)).to_contain_text("初筛未通过")
    r.unit.follow(f"填写补充信息 {FIRST}")
    page.fill("#claims", "12")
    r.unit.submit("暂存并退出")
    r.unit.follow("填写补充信息")
    expect(page.locator("#claims")).to_have_value("12")
    r.unit.submit("提交补充信息")
    expect(page.locator(".error-summary")).to_contain_text("请填写竞争力对专利的依赖说明")
    r.unit.complaints.clear()  # the browser itself reports an answer 422
    fill_in(r)
    hand_in_the_others()


def fill_in(r: Round) -> None:
    """All answers and a file for each of the three parts."""
    page = r.unit.page
    evidence = r.folder / "evidence.png"
    Image.new("RGB", (600, 800), "white").save(evidence)
    for name, answer in WHOLE.items():
        if name == "substitution":
            page.select_option(f"#{name}", answer)
        else:
            page.fill(f"#{name}", answer)
    for part in PARTS:
        box = r.unit.field(f"files_{part}")
        with page.expect_navigation():
            box.locator('input[type="file"]').set_input_files(evidence)
        expect(box.locator(".evidence-list")).to_contain_text("evidence.png")
    page.check("#commitment")
    r.unit.submit("提交补充信息")
    expect(page.get_by_role("main")).to_contain_text("补充信息已提交，等待评价")


def evaluate(r: Round) -> None:
    """Two reviewers score all four; neither sees the other's points before both have handed theirs in."""
    r.day(PUBLISHED)
    r.open_round()
    r.officer.follow("评审")
    r.follow_work("开始评价 4 个产品", "已开始评价 4 个产品，评审人已收到通知")
    first, second = r.rui, r.rong
    first.sign_in("rui", PASSWORD)
    score(first, {FIRST: "14", DOUBTED: "13", REFUSED: "13", BELOW: "2"})
    first.go("/evaluation/?tab=scored")
    first.follow(FIRST)
    expect(first.page.get_by_role("main")).to_contain_text("其他评审人都提交后，可以看到全部评分")
    expect(first.page.locator(".score-table thead th")).to_have_count(3)
    second.sign_in("rong", PASSWORD)
    score(second, {FIRST: "13", DOUBTED: "12", REFUSED: "12", BELOW: "1"})
    first.page.reload()
    expect(first.page.locator(".score-table thead th")).to_have_count(4)


def score(who: Person, points: dict[str, str]) -> None:
    """Hand in one product after the other, as they come; the last one leads back to the list."""
    page = who.go("/evaluation/")
    with page.expect_navigation():
        page.locator("td.title a").first.click()
    for _ in points:
        name = page.get_by_role("heading", level=1).inner_text()
        for box in page.locator(".score-box input").all():
            box.fill(points[name])
        page.fill("#comment", "证明材料能够支持。")
        who.submit("提交评分")
    said(page, "分配给您的产品已全部评完")


def propose(r: Round) -> None:
    """The list is cut between the third and the fourth."""
    page = r.officer.page
    r.officer.follow("查看评分结果与拟认定名单")
    page.fill("#most", "3")
    r.officer.submit("算出分数线")
    rows = page.locator("tbody tr").all_inner_texts()
    assert [name for row in rows for name in (*SALES, "拟认定分数线") if name in row] == [
        FIRST, DOUBTED, REFUSED, "拟认定分数线", BELOW
    ]  # fmt: skip
    r.officer.submit("按此分数线拟定名单…")
    expect(page.get_by_role("main")).to_contain_text("将列为拟认定 3 个，未通过评价 1 个。")
    r.follow_work("确认拟认定名单", "已列为拟认定 3 个，未通过评价 1 个")


def publish_notice(r: Round) -> None:
    """Ten working days over the National Day holiday; the unit is told by SMS, the public reads both dates."""
    page = r.officer.page
    r.back_to_round()
    r.officer.follow("去办理 公示")
    r.officer.follow("公示 3 个拟认定产品")
    expect(page.get_by_role("main")).to_contain_text("至 2025-10-11 止，共 10 个工作日")
    r.follow_work("发布公示", "已公示，并已通知各单位")
    until(lambda: any("公示" in text for text in r.post.texts(MOBILE)), "SMS about the notice")
    page = r.public.go("/notices/")
    r.public.follow("2025 年度拟认定专利密集型产品公示")
    main = page.get_by_role("main")
    for words in (FIRST, DOUBTED, REFUSED, "2025-09-22", "2025-10-11", "10"):
        expect(main).to_contain_text(words)
    expect(main).not_to_contain_text(BELOW)


def object_to_two(r: Round) -> dict[str, tuple[str, str]]:
    """Somebody objects to two products; each objection has a receipt to follow it by."""
    receipts = {}
    page = r.public.page
    for name in (DOUBTED, REFUSED):
        r.public.go(f"/objections/new?product={r.filed[name]}")
        expect(page.get_by_role("main")).to_contain_text("该产品正在公示")
        page.fill("#text", f"{OBJECTION}（{name}）")
        r.public.submit("提交")
        expect(page.get_by_role("heading", level=1)).to_have_text("已受理您的异议")
        receipts[name] = (page.locator("#receipt-no").inner_text(), page.locator("#pass-phrase").inner_text())
    return receipts


def decide_objections(r: Round, receipts: dict[str, tuple[str, str]]) -> None:
    """One is upheld, one is not; whoever raised them reads why, and what became of the product."""
    page = r.officer.page
    for name, verdict, why in (
        (DOUBTED, "不成立", "登记簿载明核心专利有效。"), (REFUSED, "成立", "核心专利已于公示前失效。"),
    ):  # fmt: skip
        r.open_round()
        r.officer.follow("异议处理")
        r.officer.follow(receipts[name][0])
        r.officer.submit("开始处理")
        page.fill("#decision", why)
        r.officer.submit(verdict)
        expect(page.get_by_role("main")).to_contain_text(why)
        public = r.public.go(f"/objections/{receipts[name][0]}")
        public.fill("#phrase", receipts[name][1])
        r.public.submit("查询")
        expect(public.get_by_role("main")).to_contain_text(why)
        expect(public.locator("h1 .badge-state")).to_have_text(verdict)


def recognise(r: Round) -> None:
    """Not on the last day, but on the next; what was refused is not recognised."""
    page = r.officer.page
    r.day(LAST_DAY)
    r.open_notice()
    expect(page.get_by_role("main")).to_contain_text("公示期到 2025-10-11 结束，之后才能认定")
    expect(page.get_by_role("button", name="予以认定")).to_have_count(0)
    r.day(AFTER)
    assert "notices_over: 1" in server.flask(r.platform.env, "advance")
    r.open_notice()
    expect(page.get_by_role("main")).to_contain_text("可以认定 2 个产品")
    r.follow_work("予以认定", "已认定 2 个产品")
    until(
        lambda: any(FIRST in mail and "已认定" in mail for mail in read_mails(r.post, EMAIL)),
        "mail of the recognition",
    )


def download_certificate(r: Round) -> Path:
    """The unit downloads its certificate; the signature holds, and its text says what was recognised."""
    r.unit.sign_in("jia", PASSWORD)
    page = r.unit.go("/my/recognition/")
    expect(page.get_by_label(REFUSED, exact=True)).to_contain_text("未认定")
    r.unit.follow(FIRST)
    path = r.unit.download("下载证书 PDF", r.folder / "certificate.pdf")
    text = re.sub(r"\s+", "", pdf_text(path))
    for words in (
        "专利密集型产品认定证书",
        "ZLMJ2025",
        FIRST,
        NAME,
        "2025年10月12日至2026年10月11日",
        "关联专利（共2件）",
    ):
        assert words in text
    signers = list(verification.Trust.own(at(AFTER)).signers)
    with ThreadPoolExecutor() as pool:  # the validator starts a loop of its own, beside the browser's
        found = pool.submit(signed_pdf.validate, path.read_bytes(), signers, at(AFTER)).result()
    assert found.verdict == signed_pdf.INTACT
    return path


def read_code(r: Round, certificate: Path) -> str:
    """The code as a camera sees it: the page as a picture."""
    subprocess.run(
        ["pdftoppm", "-r", "150", "-png", "-singlefile", certificate, certificate.with_suffix("")], check=True
    )
    with Image.open(certificate.with_suffix(".png")) as picture:
        code = zxingcpp.read_barcode(picture)
    assert code is not None and code.text.startswith(f"{r.platform.url}/v/")
    return str(code.text)


def verify_by_command(r: Round, address: str) -> None:
    """The command verifies what the code says, without asking the platform."""
    assert server.flask(r.platform.env, "certificate", "verify", address).startswith("valid\n")


def verify_offline(r: Round, chromium: Browser, address: str) -> None:
    """The page that was kept verifies with the network off, and finds out a changed sign."""
    r.public.go("/v/")
    kept = r.public.download("下载离线核验页", r.folder / "offline.html")
    alone = chromium.new_context(locale="zh-CN", offline=True)
    alone.clock.set_fixed_time(at(AFTER))
    page, asked = alone.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(kept.as_uri())
    changed = "A" if address[-40] != "A" else "B"
    for text, verdict in ((address, "valid"), (address[:-40] + changed + address[-39:], "forged")):
        page.fill("#code", text)
        page.get_by_role("button", name="核验").click()
        expect(page.locator("#answer")).to_have_attribute("data-verdict", verdict)
    assert asked == [kept.as_uri()]
    alone.close()


def verify_online(r: Round, address: str) -> None:
    """Who scans the code sees the product and its patents, in both languages; a year later that it is over."""
    page = r.public.go(address)
    expect(page.get_by_role("status").first).to_contain_text("有效")
    expect(page.get_by_role("main")).to_contain_text(FIRST)
    expect(page.locator("tbody tr")).to_have_count(2)
    r.public.submit("English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".verdict")).to_contain_text("Valid")
    r.clock.set(at("2026-10-12"))
    assert "expired: 2" in server.flask(r.platform.env, "advance")
    page.reload()
    expect(page.locator(".verdict")).to_have_attribute("data-verdict", "expired")
