"""The whole way with real clicks: from registering to a filed product that the public finds."""

from __future__ import annotations

import csv
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from playwright.sync_api import expect

from app.db import db, session
from app.domain.actor import REVIEWER
from app.domain.clock import local_date, utc_now
from tests.browser.conftest import Post
from tests.browser.people import Person, scan, until
from tests.browser.steps import Journey, code_in, decide, finding, open_case, pdf_text, pick, read_mails
from tests.support.accounts import PASSWORD, make_account
from tests.support.databases import Database
from tests.support.factories import make_uscc
from tools import server

UNIT = "示例绿源环保科技有限公司"
PRODUCT = "含磷废水净化器"
MOBILE, EMAIL, CONTACT, HEAD, ADDRESS = "13812345678", "chen@example.cn", "陈联络", "罗法人", "示例路一号院"
OWN = ("ZL 2022 2 0769416.X", "ZL 2023 1 1046091.8", "ZL 2023 1 1054031.0")
BOUGHT = "ZL 2015 1 0222662.8"
LAST_YEAR = local_date(utc_now()).year - 1
DEMO = server.ROOT / "app" / "data" / "demo" / "patents.csv"


@pytest.fixture
def journey(
    app: Flask, database: Database, post: Post, somebody: Callable[..., Person], tmp_path: Path
) -> Iterator[Journey]:
    """A platform without any data but the rules, one reviewer, and servers for mail and SMS."""
    make_account(REVIEWER, "reviewer")
    session.remove()
    db.engine.dispose()
    env = server.environment(
        tmp_path / "data", database_url=database.url, captcha="no", smtp_host="127.0.0.1", smtp_port=post.mail_port,
        sms_provider="http", sms_endpoint=post.gateway.url, mail_from="noreply@example.cn",
    )  # fmt: skip
    (tmp_path / "data").mkdir()
    platform = server.start(env, tmp_path / "server.log")
    people = [somebody(platform.url, accept_downloads=True) for _ in range(3)]
    yield Journey(*people, platform, post, tmp_path)
    for person in people:
        person.leave()  # the server waits for open connections
    platform.stop()


def test_from_registration_to_the_public_page(journey: Journey) -> None:
    register(journey)
    identify(journey)
    approve_identity(journey)
    enter_assets(journey)
    collect_patents(journey)
    file_with_mistakes(journey)
    correct_mistakes(journey)
    submit(journey)
    return_with_remarks(journey)
    heed_remarks(journey)
    compare_and_approve(journey)
    number = read_messages(journey)
    check_certificate(journey, number)
    find_as_public(journey, number)


def register(j: Journey) -> None:
    """A code by SMS and one by mail; the registration is bound to the last one asked for."""
    page = j.unit.go("/")
    j.unit.follow("注册单位账号")
    page.fill("#uscc", make_uscc())
    expect(page.locator("[data-uscc-note]")).to_have_text("代码校验通过，可以注册")
    page.fill("#unit_name", UNIT)
    page.fill("#mobile", MOBILE)
    page.fill("#email", EMAIL)
    j.unit.press("获取验证码")
    expect(page.locator("[data-code-note]")).to_contain_text("验证码已发送")
    until(lambda: code_in(j.post.texts(MOBILE)), "SMS with a code")
    page.reload()
    page.fill("#uscc", make_uscc())
    page.fill("#unit_name", UNIT)
    page.fill("#mobile", MOBILE)
    page.fill("#email", EMAIL)
    page.select_option("#channel", "email")
    j.unit.press("获取验证码")
    expect(page.locator("[data-code-note]")).to_contain_text("验证码已发送")
    page.fill("#code", until(lambda: code_in(read_mails(j.post, EMAIL)), "mail with a code"))
    page.fill("#password", PASSWORD)
    page.fill("#again", PASSWORD)
    page.check("#agree")
    j.unit.submit("注册")
    expect(page.get_by_role("status").filter(has_text="注册成功")).to_be_visible()


def identify(j: Journey) -> None:
    """The real-name check: region cascade, form to be sealed, uploads."""
    page = j.unit.page
    j.unit.follow("单位工作台")
    j.unit.follow("实名认证", page.locator(".side-nav"))
    page.select_option("#kind", label="企业")
    page.fill("#legal_representative", HEAD)
    page.select_option("#province", label="湖南省")
    page.select_option("#city", label="长沙市")
    page.select_option("#district", label="芙蓉区")
    page.fill("#address", ADDRESS)
    page.fill("#contact", CONTACT)
    page.fill("#mobile", MOBILE)
    page.fill("#email", EMAIL)
    j.unit.submit("保存")
    form = j.unit.download("下载诚信承诺书模板（PDF）", j.folder / "承诺书.pdf")
    assert UNIT in pdf_text(form)
    j.unit.hand_in("licence_file_id", scan(j.folder / "licence.pdf", "business licence"))
    j.unit.hand_in("commitment_file_id", form)
    page.check("#makes_or_sells")
    j.unit.submit("提交审核")
    expect(page.get_by_role("heading", name="受理回执")).to_be_visible()


def approve_identity(j: Journey) -> None:
    """The reviewer takes the case, sees the attachments beside the data, and approves."""
    j.reviewer.sign_in("reviewer", PASSWORD)
    open_case(j, UNIT)
    page = j.reviewer.page
    expect(page.locator(".case-files summary").filter(has_text="营业执照")).to_be_visible()
    decide(j, "通过")


def enter_assets(j: Journey) -> None:
    """The assets of last year with the profit statement; without them nothing can be submitted."""
    page = j.unit.page
    j.unit.follow("资产信息", page.locator(".side-nav"))
    expect(page.get_by_text(f"{LAST_YEAR} 年度资产信息尚未完成，暂不能提交备案和更新。")).to_be_visible()
    j.unit.follow("现在填报")
    figures = {"revenue": "64,000.00", "total_profit": "7000", "total_assets": "71000", "rnd_spending": "4200",
               "export": "11000", "employees": "490"}  # fmt: skip
    for name, amount in figures.items():
        page.fill(f"#{name}", amount)
    j.unit.hand_in("statement_file_id", scan(j.folder / "profit.pdf", "profit statement"))
    page.select_option("#statement_seal", label="审计单位章")
    j.unit.submit("填写完成")
    expect(page.get_by_text(f"{LAST_YEAR} 年度资产信息已完成，可以提交备案和更新。")).to_be_visible()


def collect_patents(j: Journey) -> None:
    """The register is loaded, the unit's own patents are imported, one that was assigned is added with proof."""
    load_register(j)
    page = j.unit.page
    j.unit.follow("专利信息", page.locator(".side-nav"))
    j.unit.submit("导入专利")
    expect(page.get_by_role("status").filter(has_text="导入完成：新增 3 件")).to_be_visible()
    for number in OWN:
        expect(page.get_by_role("rowheader", name=number)).to_be_visible()
    j.unit.follow("添加专利")
    page.fill("#application_no", "CN201510222662.8")
    expect(page.locator(".number-answer")).to_contain_text(BOUGHT)
    page.fill("#title", "一种负载金属银的碳掺杂二氧化钛颗粒及其应用")
    page.fill("#patentees", "某某大学")
    page.fill("#filing_date", "2015-05-04")
    page.select_option("#legal_state", label="有权")
    page.select_option("#obtained", label="受让")
    j.unit.hand_in("proof_file_id", scan(j.folder / "assignment.pdf", "assignment"))
    j.unit.submit("保存")
    expect(page.get_by_role("rowheader", name=BOUGHT)).to_be_visible()


def load_register(j: Journey) -> None:
    """``flask register load`` with the unit's patents, one of somebody else and a number that is wrong."""
    with DEMO.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = {number.replace(" ", "")[2:] for number in (*OWN, "ZL 2016 1 0311380.X")}
    chosen = [row for row in rows if row["申请号"] in wanted]
    chosen.append(chosen[0] | {"申请号": "202220769416.1"})
    table = j.folder / "register.csv"
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(chosen)
    printed = server.flask(j.platform.env, "register", "load", table, "--report", j.folder / "bad.csv")
    assert printed.splitlines()[-1] == "loaded=4 updated=0 rejected=1"
    assert "202220769416.1" in (j.folder / "bad.csv").read_text(encoding="utf-8-sig")


def file_with_mistakes(j: Journey) -> None:
    """Each mistake is explained beside its field, with clause and example, while one types."""
    page = j.unit.page
    j.unit.follow("产品备案", page.locator(".side-nav"))
    page.get_by_role("button", name="备案产品", exact=True).first.click()
    page.fill("#name", "一种污水处理P80方法")
    finding(j.unit.field("name"), "R16", "不能以“一种”开头", "操作手册 6(1)1", "储能柜")
    finding(j.unit.field("name"), "R12", "以“方法”为中心词", "操作手册 6(1)1", "污水处理设备")
    finding(
        j.unit.field("name"), "R15", "含字母、数字或其他文字“P80”", "操作手册 6(1)1", "手机（型号填 P80）"
    )
    j.unit.press("没有规格型号，填“无”")
    page.select_option("#nature", label="实物产品")
    page.select_option("#stage", label="终端产品")
    pick(j.unit.field("class_code"), "hjbhzysb", "P3591 环境保护专用设备")
    pick(j.unit.field("industry_code"), "环境保护专用设备", "3591 环境保护专用设备制造")
    expect(page.locator("[data-intensive]")).to_contain_text("属于专利密集型产业")
    page.select_option("#takes_part", label="是")
    page.fill("#introduction", "本产品由反应筒、布水器和出水堰组成，用于去除乡镇污水站出水中的磷。" * 2)
    for name, amount in {"output_value": "5356", "sales": "0", "volume": "340", "profit": "-1"}.items():
        page.fill(f"#{name}", amount)
    page.fill("#volume_unit", "台")
    finding(j.unit.field("sales"), "R09", "销售收入应大于 0", "操作手册 (1)(2)", "1280.50")
    j.unit.submit("保存并进入下一步")
    for number in OWN:
        page.get_by_role("button", name=f"关联 {number}").click()
        page.get_by_label(f"贡献率 {number}").fill("33.33")
    expect(page.locator(".share-total")).to_contain_text("还差 0.01 %")
    finding(j.unit.field("patents"), "R22", "合计为 99.99%", "操作手册 6(2)", "33.34 + 33.33 + 33.33")


def correct_mistakes(j: Journey) -> None:
    """The check before submission leads to what is wrong; put right, it says nothing more."""
    page = j.unit.page
    j.unit.press("一键均分")
    expect(page.locator(".share-total")).to_have_text(re.compile("100.00 % ✓"))
    j.unit.submit("保存并进入下一步")
    evidence = page.locator(".evidence-form")
    evidence.locator('input[type="file"]').set_input_files(scan(j.folder / "contract.pdf", "sales contract"))
    expect(evidence.locator(".file-name")).to_have_text("contract.pdf")
    j.unit.submit("添加到备案")
    expect(page.locator(".evidence-list")).to_contain_text("contract.pdf")
    j.unit.submit("保存并进入下一步")
    check = page.locator("section", has=page.get_by_role("heading", name="提交前预检"))
    expect(check.locator(".finding-block")).to_have_count(4)
    check.locator(".finding-row", has_text="R12").get_by_role("link", name="去修改").click()
    expect(page.locator("#name")).to_be_focused()
    page.fill("#name", PRODUCT)
    page.fill("#sales", "5,200.00")
    page.fill("#profit", "577.5")
    expect(j.unit.field("name").locator(".finding")).to_have_count(0)
    expect(j.unit.field("sales").locator(".finding")).to_have_count(0)
    for _ in range(3):
        j.unit.submit("保存并进入下一步")
    expect(page.get_by_text("没有必须修改的问题，可以提交。")).to_be_visible()


def submit(j: Journey) -> None:
    """The commitment is ticked; the receipt names number and day."""
    page = j.unit.page
    page.check("#commitment")
    j.unit.submit("提交审核")
    expect(page.get_by_role("heading", name="受理回执")).to_be_visible()
    expect(page.locator(".receipt")).to_contain_text("个工作日")


def return_with_remarks(j: Journey) -> None:
    """Two fields are remarked on, the remarks make up the reason."""
    open_case(j, PRODUCT)
    page = j.reviewer.page
    for label, text in (("规格型号", "请核对是否确无型号。"), ("产品简介", "请补充处理能力。")):
        page.get_by_text("批注").and_(page.locator("summary")).filter(has_text=label).click()
        page.get_by_label(f"对“{label}”的意见").fill(text)
    j.reviewer.press("把批注汇总为退回原因")
    expect(page.locator("#reason")).to_have_value(
        re.compile("1. .*请核对是否确无型号。\n2. .*请补充处理能力。")
    )
    decide(j, "退回修改")


def heed_remarks(j: Journey) -> None:
    """The unit sees reason and remarks, the remarks at their fields, and submits again."""
    page = j.unit.page
    j.unit.follow("产品备案", page.locator(".side-nav"))
    j.unit.follow("去修改")
    expect(page.locator(".returned-reason")).to_contain_text("请补充处理能力。")
    for name, text in (("model", "请核对是否确无型号。"), ("introduction", "请补充处理能力。")):
        expect(j.unit.field(name).locator(".remark")).to_contain_text(text)
    expect(page.locator(".remark")).to_have_count(2)
    page.fill("#model", "JH-200")
    page.fill(
        "#introduction", "本产品由反应筒、布水器和出水堰组成，用于去除乡镇污水站出水中的磷，日处理两百吨。"
    )
    for _ in range(3):
        j.unit.submit("保存并进入下一步")
    submit(j)


def compare_and_approve(j: Journey) -> None:
    """The case comes back to the same reviewer, old and new side by side."""
    page = j.reviewer.go("/desk/")
    page.locator(".desk-tabs a", has_text="我承办的").click()
    j.reviewer.follow(PRODUCT)
    changes = page.locator("#changes")
    row = changes.locator("tr", has_text="规格型号")
    expect(row.locator(".old")).to_have_text("无")
    expect(row.locator(".new")).to_have_text("JH-200")
    expect(row).to_contain_text("请核对是否确无型号。")
    expect(changes.locator("tr", has_text="产品简介").locator(".new")).to_contain_text("日处理两百吨")
    decide(j, "通过")


def read_messages(j: Journey) -> str:
    """SMS and mail reach their servers with the same number of the message; gives the filing number."""
    text = until(lambda: next((t for t in j.post.texts(MOBILE) if "备案号" in t), ""), "SMS of the approval")
    mail = until(
        lambda: next((t for t in read_mails(j.post, EMAIL) if "备案号" in t), ""), "mail of the approval"
    )
    number = re.search(r"ZLCP\d{4}43\d{6}", text)
    assert number and number.group() in mail
    assert PRODUCT in mail and PRODUCT not in text
    return number.group()


def check_certificate(j: Journey, number: str) -> None:
    """The certificate's text can be read back, and its QR code leads to the public page."""
    page = j.unit.page
    j.unit.follow("产品备案", page.locator(".side-nav"))
    j.unit.follow(PRODUCT)
    expect(page.locator(".filing-no")).to_contain_text(number)
    path = j.unit.download("下载备案证明", j.folder / "certificate.pdf")
    text = re.sub(r"\s+", "", pdf_text(path))
    for words in (number, PRODUCT, UNIT, "JH-200", *OWN):
        assert words.replace(" ", "") in text
    subprocess.run(["pdftoppm", "-r", "150", "-png", "-singlefile", path, path.with_suffix("")], check=True)
    with Image.open(path.with_suffix(".png")) as picture:
        code = zxingcpp.read_barcode(picture)
    assert code is not None and code.text == f"{j.platform.url}/products/{number}"


def find_as_public(j: Journey, number: str) -> None:
    """Anybody finds the product by name, unit and patent number, in both languages; nothing personal is shown."""
    for language in ("zh-CN", "en"):
        page = j.public.go("/products")
        if language == "en":
            j.public.submit("English")
        expect(page.locator("html")).to_have_attribute("lang", language)
        for asked in (PRODUCT, UNIT, OWN[1]):
            page.fill("#q", asked)
            page.locator("main").get_by_role("search").get_by_role("button").click()
            expect(page.locator(".hits li")).to_have_count(1)
            expect(page.locator(".hits")).to_contain_text(number)
        page.locator(".hits a").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(PRODUCT)
        expect(page.locator("main")).to_contain_text(OWN[2])
        shown = page.content()
        assert not [
            secret for secret in (MOBILE, EMAIL, CONTACT, HEAD, ADDRESS, "5,200", "33.3") if secret in shown
        ]
