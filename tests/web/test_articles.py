"""Staff write notices, policy documents, questions and the manual in the running system (mission F3; abuse.md T-P11)."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from app.web import markup
from tests.support import factories as make
from tests.support.shown import seen
from tests.support.world import World


def write(title: str = "关于 2026 年认定工作的通知", **values: Any) -> m.Article:
    """An article, published long ago unless ``values`` say otherwise."""
    defaults = {
        "kind": "notice", "body": "各备案单位：", "status": "published", "published_on": date(2025, 3, 1), "created_at": make.NOW,
        "changed_at": make.NOW,
    }  # fmt: skip
    article = m.Article(title=title, **(defaults | values))
    session.add(article)
    session.flush()
    session.expunge(article)
    session.commit()
    return article


def read(client: FlaskClient, address: str, status: int = 200, **query: str) -> str:
    answer = client.get(address, query_string=query or None)
    assert answer.status_code == status
    html = answer.get_data(as_text=True)
    return html[html.index("<main") : html.index("</main>")]


def picture() -> io.BytesIO:
    content = io.BytesIO()
    Image.new("RGB", (4, 3), "white").save(content, "PNG")
    content.seek(0)
    return content


# ---------------------------------------------------------------- what the public reads


def test_everybody_reads_what_is_published(client: FlaskClient) -> None:
    article = write(body="## 时间\n\n- 9 月 15 日**截止**\n", document_no="国知办函运字〔2022〕985 号")
    page = read(client, f"/articles/{article.id}")
    assert "<h3>时间</h3>" in page
    assert "<strong>截止</strong>" in page
    assert "国知办函运字〔2022〕985 号" in page
    assert "2025-03-01" in page
    assert article.title in read(client, "/articles/", kind="notice")


@pytest.mark.parametrize(
    "hidden",
    [{"status": "draft"}, {"published_on": local_date(utc_now()) + timedelta(days=1)}],
    ids=["a draft", "not before its day"],
)
def test_T_V04_what_is_not_published_yet_does_not_exist(client: FlaskClient, hidden: dict[str, Any]) -> None:
    article = write("尚未公开的通知", **hidden)
    read(client, f"/articles/{article.id}", 404)
    for query in ({}, {"kind": "notice"}, {"q": "尚未"}):
        assert "尚未公开的通知" not in read(client, "/articles/", **query)


def test_articles_come_newest_first_and_page_by_page(client: FlaskClient) -> None:
    for number in range(65):
        write(
            f"第{number:02d}号通知",
            published_on=date(2025, 1, 1) + timedelta(days=number // 4),
            position=number % 4,
        )
    seen: list[str] = []
    address = "/articles/?kind=notice"
    while address:
        page = read(client, address)
        seen += re.findall(r">第(\d\d)号通知<", page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == [
        f"{day * 4 + place:02d}" for day in range(16, -1, -1) for place in range(4) if day * 4 + place < 65
    ]


def test_words_are_looked_for_literally(client: FlaskClient) -> None:
    write("增长 100% 的产品")
    assert "增长" in read(client, "/articles/", q="100%")
    assert "没有找到符合条件的文章" in read(client, "/articles/", q="1%0")


@pytest.mark.parametrize(
    "query", [{"kind": "x"}, {"after": "x"}, {"after": "2025-13-41.1.1"}, {"after": "2025-01-01.1.1.1"}]
)
def test_T_Q02_odd_parameters_are_refused(client: FlaskClient, query: dict[str, str]) -> None:
    assert client.get("/articles/", query_string=query).status_code == 400


def test_readers_of_english_get_the_english_text_or_are_shown_that_there_is_none(client: FlaskClient) -> None:
    both = write("通知", title_en="Announcement", body_en="Dear units")
    chinese = write("只有中文的通知")
    client.post("/language", data={"language": "en", "next": "/"}, headers={"Origin": "http://localhost"})
    assert "Dear units" in read(client, f"/articles/{both.id}")
    assert '<article class="panel-card" lang="zh-CN">' in read(client, f"/articles/{chinese.id}")


def test_questions_manual_policies_and_processes_come_with_the_platform(client: FlaskClient) -> None:
    assert "分公司可以备案吗？" in read(client, "/articles/", kind="faq")
    assert "分公司可以备案吗？" in read(client, "/help")
    assert "国知办函运字〔2022〕985 号" in read(client, "/articles/", kind="policy")
    for kind in ("manual", "flow"):
        number = re.findall(r'href="/articles/(\d+)"', read(client, "/articles/", kind=kind))[0]
        assert "<li>" in read(client, f"/articles/{number}")


# ---------------------------------------------------------------- hostile texts


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", '<img src=x onerror="alert(1)">', "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html;base64,PHN2Zz4=)", "![x](https://example.com/x.png)", "<a href='#' style='position:fixed'>x</a>",
        "[x](&#106;avascript:alert(1))", "<https://example.com/\" onmouseover=\"alert(1)>", "[x]: javascript:alert(1)\n\n[x]",
        "<svg><style><img src=x onerror=alert(1)></style></svg>", '<h2 id="content">x</h2>', '| a |\n|:-:|\n| <b onclick=x>y</b> |',
    ],
)  # fmt: skip
def test_T_P11_of_a_text_only_the_allowed_part_becomes_html(text: str) -> None:
    made = str(markup.html(text))
    tags = set(re.findall(r"<\s*/?\s*([a-z0-9]+)", made))
    assert tags <= {"p", "a", "h2", "table", "thead", "tbody", "tr", "th", "td", "li", "ol", "ul"}
    assert not re.search(r"<[^>]*\b(on\w+|style|id|class|src)\s*=", made)
    assert not re.search(r'href="(?!https?:|mailto:|/|#)', made)


def test_links_of_a_text_do_not_hand_over_the_page(client: FlaskClient) -> None:
    article = write(body="[国家知识产权局](https://www.cnipa.gov.cn)")
    link = '<a href="https://www.cnipa.gov.cn" rel="noopener nofollow">国家知识产权局</a>'
    assert link in read(client, f"/articles/{article.id}")


# ---------------------------------------------------------------- how staff write


@pytest.fixture
def desk(world: World, no_csrf: None) -> FlaskClient:
    return world.browser("officer")


DRAFT = {"kind": "notice", "title": "新通知", "body": "正文", "title_en": "", "body_en": "", "document_no": "", "published_on": "",
         "position": "0", "status": "draft"}  # fmt: skip


def test_an_officer_drafts_previews_and_publishes(desk: FlaskClient, client: FlaskClient) -> None:
    shown = desk.post("/articleview/add", data=DRAFT | {"body": "**要点**"}, follow_redirects=True).get_data(
        as_text=True
    )
    assert "草稿，尚未公开" in shown
    assert "<strong>要点</strong>" in shown
    article = session.scalars(select(m.Article).where(m.Article.title == "新通知")).one()
    read(client, f"/articles/{article.id}", 404)
    form = desk.get(f"/articleview/edit/{article.id}").get_data(as_text=True)
    read_as = {"seen": seen(form)}
    desk.post(f"/articleview/edit/{article.id}", data=DRAFT | read_as | {"status": "published"})
    assert str(local_date(utc_now())) in read(client, f"/articles/{article.id}")


@pytest.mark.parametrize(
    ("field", "changes"),
    [("英文标题和英文正文要么都填", {"title_en": "New"}), ("英文标题和英文正文要么都填", {"body_en": "Text"}),
     ("50000", {"body": "字" * 50_001})],
)  # fmt: skip
def test_what_cannot_be_stored_is_said_beside_its_field(
    desk: FlaskClient, field: str, changes: dict[str, str]
) -> None:
    answer = desk.post("/articleview/add", data=DRAFT | changes)
    assert answer.status_code == 422
    assert field in answer.get_data(as_text=True)
    assert session.scalar(select(func.count()).where(m.Article.title == "新通知")) == 0


def test_what_comes_with_the_platform_is_hidden_rather_than_deleted(desk: FlaskClient) -> None:
    article_id = session.scalars(select(m.Article.id).where(m.Article.code == "flow-filing")).one()
    session.rollback()
    own = write().id
    for key, status in ((article_id, 409), (own, 302)):
        read_as = {"seen": seen(desk.get(f"/articleview/show/{key}").text)}
        assert desk.post(f"/articleview/delete/{key}", data=read_as).status_code == status


def test_a_file_is_attached_read_by_everybody_and_taken_off(desk: FlaskClient, client: FlaskClient) -> None:
    article_id = write().id
    sent = {"file": (picture(), "流程图.png")}
    page = desk.post(f"/articleview/show/{article_id}/files", data=sent, follow_redirects=True).get_data(
        as_text=True
    )
    assert "已添加附件“流程图.png”" in page
    link = re.findall(rf'href="(/articles/{article_id}/files/\d+)"', read(client, f"/articles/{article_id}"))[
        0
    ]
    answer = client.get(link)
    assert answer.mimetype == "image/png"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    file_id = link.rsplit("/", 1)[1]
    desk.post(f"/articleview/show/{article_id}/files/{file_id}/delete")
    assert client.get(link).status_code == 404


def test_a_file_of_another_kind_is_refused(desk: FlaskClient) -> None:
    article_id = write().id
    sent = {"file": (io.BytesIO(b"<html>"), "通知.pdf")}
    page = desk.post(f"/articleview/show/{article_id}/files", data=sent, follow_redirects=True).get_data(
        as_text=True
    )
    assert "只能上传" in page


def test_of_several_files_none_is_taken(desk: FlaskClient) -> None:
    article_id = write().id
    address = f"/articleview/show/{article_id}/files"
    sent = {"file": [(picture(), "一.png"), (picture(), "二.png")]}
    assert "一次只能上传一个文件" in desk.post(address, data=sent, follow_redirects=True).text
    assert "请选择文件" in desk.post(address, data={}, follow_redirects=True).text
    assert session.scalar(select(func.count()).where(m.ArticleFile.article_id == article_id)) == 0


def test_a_file_of_a_draft_is_for_staff_alone(desk: FlaskClient, client: FlaskClient) -> None:
    article_id = write(status="draft").id
    desk.post(f"/articleview/show/{article_id}/files", data={"file": (picture(), "图.png")})
    file_id = session.scalars(select(m.ArticleFile.file_id).filter_by(article_id=article_id)).one()
    session.rollback()
    assert desk.get(f"/articleview/show/{article_id}/files/{file_id}").status_code == 200
    traces = select(m.AuditEvent.entity_id).where(m.AuditEvent.action == "download")
    assert session.scalars(traces).all() == [str(file_id)]
    session.rollback()
    assert client.get(f"/articles/{article_id}/files/{file_id}").status_code == 404
    assert client.get("/files/" + session.get_one(m.StoredFile, file_id).token).status_code == 302


def test_a_file_is_not_read_by_way_of_another_article(desk: FlaskClient, client: FlaskClient) -> None:
    hidden, shown = write(status="draft").id, write("另一篇").id
    desk.post(f"/articleview/show/{hidden}/files", data={"file": (picture(), "图.png")})
    file_id = session.scalars(select(m.ArticleFile.file_id).filter_by(article_id=hidden)).one()
    session.rollback()
    assert client.get(f"/articles/{shown}/files/{file_id}").status_code == 404
