"""Statistics as pages and files: each region its own, the filters in the address, the same rows in page and file."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pypdf import PdfReader
from sqlalchemy import select

from app import models as m
from app.services import statistics
from app.web.stats.builders import PAGES
from tests.support import factories as make
from tests.support.factories import NOW
from tests.support.visitor import Visitor
from tests.web.desk.conftest import counted
from tests.web.stats.conftest import YEAR, Cast

Visit = Callable[..., Visitor]
ASKED = f"year={YEAR}"
#: statements of a page: the session, the account and its roles, the state of the data, and a few of the cells
MOST_STATEMENTS = 14


def test_T_I05_an_office_sees_its_own_region_alone(cast: Cast, visit: Visit) -> None:
    for page in PAGES:
        text = visit(cast.office).get(f"/stats/{page}?{ASKED}").text
        assert "湖南省" in text
        assert "广东" not in text
        assert "8,765.43" not in text
        assert "13,086.52" not in text, "nor the sum of both"
        assert "广州乙机械" not in text


def test_T_I05_no_parameter_opens_another_region(cast: Cast, visit: Visit) -> None:
    office = visit(cast.office)
    files = ("regions/regions.csv", "trend/years.xlsx", "report.pdf")
    for path in ("", *PAGES, *files):
        for region in ("440000", "440100", "000000"):
            assert office.get(f"/stats/{path}?{ASKED}&region={region}").status_code == 404, path


def test_T_I05_a_view_that_was_posted_for_another_region_is_not_saved(
    cast: Cast, visit: Visit, session: Any
) -> None:
    office = visit(cast.office)
    office.get("/stats/")
    form = {"page": "overview", "name": "广东", "region": "440000", "year": str(YEAR)}
    assert office.post("/stats/views/", form).status_code == 404
    assert session.scalars(select(m.SavedView)).all() == []


def test_staff_see_the_whole_country(cast: Cast, visit: Visit) -> None:
    text = visit(cast.reviewer).get(f"/stats/regions?{ASKED}").text
    assert "湖南省" in text
    assert "广东省" in text
    assert "13,086.52" in text


def test_units_do_not_open_the_statistics(cast: Cast, visit: Visit) -> None:
    assert visit(cast.unit).get("/stats/").status_code == 403


def test_a_region_leads_to_its_cities(cast: Cast, visit: Visit) -> None:
    text = visit(cast.reviewer).get(f"/stats/regions?{ASKED}&region=430000").text
    assert "长沙市" in text
    assert "region=430100" in text


def test_an_industry_leads_to_those_below(cast: Cast, visit: Visit) -> None:
    reviewer = visit(cast.reviewer)
    assert "node=i%3AC" in reviewer.get(f"/stats/industries?{ASKED}").text
    assert "node=i%3A384" in reviewer.get(f"/stats/industries?{ASKED}&node=i:38").text


def test_every_table_is_a_file_with_the_same_rows(cast: Cast, visit: Visit) -> None:
    reviewer, seen = visit(cast.reviewer), set()
    for page in PAGES:
        text = reviewer.get(f"/stats/{page}?{ASKED}").text
        for address in re.findall(rf'href="(/stats/{page}/[^"]+csv[^"]*)"', text):
            table = address.split("/")[3].split(".")[0]
            seen.add(table)
            compare(
                reviewer,
                address.replace("&amp;", "&"),
                text.split(f'id="{table}-table"')[1].split("</table>")[0],
            )
    assert {"years", "regions", "industries", "kinds", "patents", "ranking", "funnel"} <= seen


def compare(reviewer: Visitor, address: str, shown: str) -> None:
    """A table's files hold the rows and values it shows."""
    rows = list(csv.reader(io.StringIO(reviewer.get(address).get_data().decode("utf-8-sig"))))
    assert len(rows) - 1 == shown.count("<tr") - 1 > 0
    for value in re.findall(r'data-value="([^"]*)"', shown):
        assert any(value in row for row in rows), f"{value} of {address} is not in the file"
    workbook = reviewer.get(address.replace(".csv", ".xlsx")).get_data()
    assert zipfile.ZipFile(io.BytesIO(workbook)).testzip() is None


def test_an_export_stays_in_the_audit_trail(cast: Cast, visit: Visit, session: Any) -> None:
    visit(cast.office).get(f"/stats/regions/regions.csv?{ASKED}")
    event = session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "export")).one()
    assert event.actor_id == cast.office
    assert str(YEAR) in event.detail


def test_a_page_takes_a_few_statements_whatever_there_is(cast: Cast, visit: Visit) -> None:
    reviewer = visit(cast.reviewer)
    reviewer.get(f"/stats/?{ASKED}")
    for page in PAGES:
        with counted() as statements:
            reviewer.get(f"/stats/{page}?{ASKED}")
        read = [s for s in statements if not s.startswith(("BEGIN", "PRAGMA"))]
        assert len(read) <= MOST_STATEMENTS, read
        assert not [s for s in read if "FROM product " in s or "FROM product_year" in s or "stat_record" in s]


def test_T_Q02_odd_filters_are_bad_requests(cast: Cast, visit: Visit) -> None:
    reviewer = visit(cast.reviewer)
    years = ("abc", "99999", "-1", "2024%00", "%EF%BC%92024")
    nodes = ("x", "i:zz", "i", "p:zz", "'")
    for query in (
        *(f"year={y}" for y in years),
        *(f"node={n}" for n in nodes),
        "kind=nothing",
        "order=password",
    ):
        assert reviewer.get(f"/stats/ranking?{query}").status_code == 400, query


def test_T_Q02_unknown_pages_tables_and_views_are_not_found(cast: Cast, visit: Visit) -> None:
    reviewer = visit(cast.reviewer)
    for path in ("nothing", "regions/nothing.csv", "regions/regions.exe", "views/99"):
        assert reviewer.get(f"/stats/{path}").status_code == 404, path


def test_before_the_first_count_a_page_says_so(app: Any, session: Any, visit: Visit) -> None:
    reviewer = make.make_user("Reviewer").id
    session.commit()
    for path in ("/stats/", "/stats/review", "/statistics/"):
        assert "统计数据正在首次生成" in visit(reviewer).get(path).text


def test_a_page_says_what_its_figures_mean_and_of_when_they_are(cast: Cast, visit: Visit) -> None:
    text = visit(cast.office).get(f"/stats/?{ASKED}").text
    assert "备案有效、且当年数据经审核通过的产品数" in text
    assert "2025-09-10 10:00" in text


def test_a_saved_view_is_opened_again_and_its_difference_explained(
    cast: Cast, visit: Visit, session: Any
) -> None:
    office = visit(cast.office)
    office.get(f"/stats/regions?{ASKED}")
    saved = office.post("/stats/views/", {"page": "regions", "name": "湖南各市", "year": str(YEAR)})
    assert saved.status_code == 302, saved.text
    assert "保存以来没有变化" in office.get(saved.location).text
    later = NOW + timedelta(minutes=1)
    unit = session.get_one(m.Unit, cast.hunan.id)
    product = make.make_product(unit, "黄牛", state="filed", created_at=later, changed_at=later)
    number = product.filing_no
    session.commit()
    statistics.refresh(later)
    text = office.get(saved.location).text
    assert "按保存时的数据重算，结果与保存的一致" in text
    assert "正好等于合计的差异" in text
    assert number in text
    rows = office.get(f"{saved.location}/changes.csv").get_data().decode("utf-8-sig")
    assert "黄牛" in rows
    assert "湖南各市" in office.get("/stats/views/").text


def test_a_name_that_is_taken_is_said_beside_the_field_and_nothing_typed_is_lost(
    cast: Cast, visit: Visit
) -> None:
    office = visit(cast.office)
    office.get("/stats/")
    form = {"page": "trend", "name": "湖南", "year": str(YEAR), "node": "p"}
    office.post("/stats/views/", form)
    answer = office.post("/stats/views/", form)
    assert answer.status_code == 422
    assert "您已有同名的视图" in answer.text
    assert 'value="湖南"' in answer.text
    assert 'name="node" value="p"' in answer.text


def test_T_I09_nobody_reaches_anothers_saved_view(cast: Cast, visit: Visit) -> None:
    office, reviewer = visit(cast.office), visit(cast.reviewer)
    office.get("/stats/")
    address = office.post("/stats/views/", {"page": "trend", "name": "湖南", "year": str(YEAR)}).location
    reviewer.get("/stats/")
    assert reviewer.get(address).status_code == 404
    assert reviewer.get(f"{address}/changes.csv").status_code == 404
    assert reviewer.post(f"{address}/delete").status_code == 404
    assert office.post(f"{address}/delete").status_code == 302
    assert office.get(address).status_code == 404


def test_the_yearly_report_can_be_read(cast: Cast, visit: Visit) -> None:
    office = visit(cast.office)
    for language, title in (("zh", "专利产品统计年报"), ("en", "Yearly statistics of patent products")):
        read_report(office, language, title)


def read_report(office: Visitor, language: str, title: str) -> None:
    """The report in a language, as text."""
    office.get("/stats/")
    office.post("/language", {"language": language, "next": "/stats/"})
    answer = office.get(f"/stats/report.pdf?{ASKED}")
    assert answer.mimetype == "application/pdf"
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.get_data())).pages)
    flat = re.sub(r"\s", "", text)
    assert re.sub(r"\s", "", title) in flat
    assert "4,321.09" in text
    assert "8,765.43" not in text
