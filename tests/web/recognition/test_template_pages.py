"""The editor of document templates: preview, faults by line, versions compared, nothing typed lost."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app import models as m
from app.db import session
from app.documents.editable import EDITABLE
from tests.documents.samples import text_of
from tests.support.world import World

PATH = "/recognition/templates/commitment_form"
BUILT_IN = EDITABLE["commitment_form"].built_in()
CHANGED = BUILT_IN.replace("{{ _('诚信承诺书') }}</h1>", "某省诚信承诺书</h1>")
BROKEN = BUILT_IN.replace("<h1>", "<script></script>\n<h1>")


pytestmark = pytest.mark.usefixtures("no_csrf")


@pytest.fixture
def officer(world: World) -> FlaskClient:
    return world.browser("officer")


def kept() -> list[m.DocumentTemplate]:
    session.rollback()
    return list(
        session.scalars(select(m.DocumentTemplate).where(m.DocumentTemplate.code == "commitment_form"))
    )


def test_the_built_in_template_is_shown_with_its_variables(officer: FlaskClient) -> None:
    assert "诚信承诺书" in officer.get("/recognition/templates/").text
    page = officer.get(PATH).text
    assert "data.unit_name" in page and "还没有修改过" in page and "data.uscc }}" in page


def test_what_is_saved_makes_the_unit_s_next_document_and_is_compared(
    officer: FlaskClient, world: World
) -> None:
    answer = officer.post(PATH, data={"html": CHANGED, "version": "0", "note": "加省名"})
    assert answer.status_code == 302

    page = officer.get(PATH).text
    assert "第 1 版" in page and "加省名" in page and "恢复内置模板" in page
    version = officer.get(f"{PATH}/versions/1").text
    assert "<ins>" in version and "某省诚信承诺书" in version
    assert "某省诚信承诺书" in text_of(world.browser("unit_a").get("/my/identity/commitment.pdf").data)

    assert officer.post(f"{PATH}/reset", data={"version": "1"}).status_code == 302
    assert "某省诚信承诺书" not in text_of(world.browser("unit_a").get("/my/identity/commitment.pdf").data)
    assert "某省诚信承诺书" in officer.get(f"{PATH}?from=1").text


def test_a_preview_is_a_pdf_and_keeps_nothing(officer: FlaskClient) -> None:
    answer = officer.post(f"{PATH}/preview", data={"html": CHANGED})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "某省诚信承诺书" in text_of(answer.data)
    assert kept() == []


@pytest.mark.parametrize("address", [PATH, f"{PATH}/preview"])
def test_a_fault_stands_beside_the_editor_with_its_line_and_nothing_typed_is_lost(
    officer: FlaskClient, address: str
) -> None:
    answer = officer.post(address, data={"html": BROKEN, "version": "0", "note": "我的说明"})
    line = BROKEN[: BROKEN.index("<script>")].count("\n") + 1
    assert answer.status_code == 422
    assert f"第 {line} 行：不能使用标签 &lt;script&gt;" in answer.text
    assert 'id="html-error"' in answer.text and "&lt;script&gt;&lt;/script&gt;" in answer.text
    assert "我的说明" in answer.text
    assert kept() == []


def test_T_M07_a_template_somebody_changed_meanwhile_is_compared_with_what_was_typed(
    officer: FlaskClient, world: World
) -> None:
    officer.post(PATH, data={"html": CHANGED, "version": "0"})
    mine = BUILT_IN.replace("{{ _('诚信承诺书') }}</h1>", "我的承诺书</h1>")

    answer = world.browser("admin").post(PATH, data={"html": mine, "version": "0"})

    assert answer.status_code == 409
    assert "我的承诺书&lt;/h1&gt;" in answer.text and "某省诚信承诺书&lt;/h1&gt;" in answer.text
    assert 'name="version" value="1"' in answer.text
    assert len(kept()) == 1


def test_the_auditor_reads_and_changes_nothing(world: World) -> None:
    auditor = world.browser("auditor")
    assert "readonly" in auditor.get(PATH).text
    assert auditor.post(PATH, data={"html": CHANGED, "version": "0"}).status_code == 403


def test_a_filing_certificate_is_made_from_the_template_in_force(officer: FlaskClient, world: World) -> None:
    html = EDITABLE["filing_certificate"].built_in()
    html = html.replace("<h1>{{ _('专利产品备案证明') }}</h1>", "<h1>某省备案证明</h1>")
    path = "/recognition/templates/filing_certificate"
    assert officer.post(path, data={"html": html, "version": "1"}).status_code == 302
    product = world.records["a"]["product"]
    sheet = world.browser("unit_a").get(f"/my/products/{product}/certificate.pdf").data
    assert "某省备案证明" in text_of(sheet)
