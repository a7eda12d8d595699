"""Lists as files: small ones at once, large ones in the background for whoever asked and for nobody else."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask_appbuilder.security.sqla.models import User
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, select, update

from app import jobs
from app import models as m
from app.db import session, transaction
from app.documents import storage
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.registers import parameters
from app.services import background, exports
from tests.support.factories import make_product, make_unit
from tests.support.world import World

LIST = "/unitview/export/"


@pytest.fixture
def at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """``at_once(3)``: lists of more than three rows are made in the background."""
    known = parameters.integer

    def limit(number: int) -> None:
        monkeypatch.setattr(
            parameters, "integer", lambda name: number if name == "export_at_once" else known(name)
        )

    return limit


@pytest.fixture
def units(world: World, no_csrf: None, at_once: Callable[[int], None]) -> World:
    """More units than are exported at once."""
    for number in range(5):
        make_unit(f"第{number}示例公司")
    session.execute(delete(m.BackgroundJob))
    session.commit()
    at_once(3)
    return world


def ask(world: World, person: str, address: str) -> int:
    """Have an export made; its job."""
    answer = world.browser(person).post(address)
    assert answer.status_code == 302, answer.text
    found = re.fullmatch(r"/exports/(\d+)", answer.location)
    assert found
    return int(found[1])


def work() -> None:
    session.rollback()
    background.run_waiting(jobs.HANDLERS)
    session.rollback()
    session.expire_all()


def lines(content: bytes, codec: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(codec), newline="")))


def events(action: str) -> list[m.AuditEvent]:
    return list(session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == action)))


def test_a_long_list_is_offered_in_the_background_and_nothing_happens_by_looking(units: World) -> None:
    answer = units.browser("reviewer").get(f"{LIST}csv?f_kind=enterprise")

    assert answer.status_code == 200
    assert "在后台导出" in answer.text
    assert "企业" in answer.text  # the filter, in words
    assert not session.scalars(
        select(m.BackgroundJob).where(m.BackgroundJob.user_id == units.users["reviewer"])
    ).all()
    assert not events("export")


def test_T_X10_a_long_list_is_made_by_the_worker_and_is_the_same_file(
    units: World, at_once: Callable[[int], None]
) -> None:
    job_id = ask(units, "reviewer", f"{LIST}csv?f_kind=enterprise&order=name")
    browser = units.browser("reviewer")
    assert "等待中" in browser.get(f"/exports/{job_id}").text
    work()

    page = browser.get(f"/exports/{job_id}").text
    assert "下载文件" in page
    made = browser.get(f"/exports/{job_id}/file")
    at_once(1000)
    assert made.data == browser.get(f"{LIST}csv?f_kind=enterprise&order=name").data
    assert made.headers["Content-Disposition"].endswith(f"{quote('备案单位')}.csv")
    job = session.get_one(m.BackgroundJob, job_id)
    assert (job.state, job.done, job.total) == ("done", 7, 7)
    listed = browser.get("/exports/")
    assert listed.status_code == 200
    assert f"/exports/{job_id}/file" in listed.text
    noted = events("export")[0]
    assert '"rows":7' in noted.detail.replace(" ", "")
    assert "f_kind" in noted.detail
    assert noted.actor_id == units.users["reviewer"]


def test_T_I05_the_job_holds_the_rows_its_owner_may_see_when_it_runs(units: World) -> None:
    job_id = ask(units, "office", f"{LIST}csv")
    session.execute(
        update(m.Account).where(m.Account.user_id == units.users["office"]).values(region_code="440000")
    )
    session.commit()
    work()

    rows = lines(units.browser("office").get(f"/exports/{job_id}/file").data)
    assert [row[0] for row in rows[1:]] == ["广州乙示例机械有限公司"]


def test_T_A13_work_for_a_closed_account_or_a_right_that_was_taken_away_is_not_done(units: World) -> None:
    closed, lost = ask(units, "auditor", f"{LIST}csv"), ask(units, "reviewer", f"{LIST}csv")
    session.get_one(User, units.users["auditor"]).active = False
    session.get_one(User, units.users["reviewer"]).roles = []
    session.commit()
    work()

    for job_id in (closed, lost):
        assert session.get_one(m.BackgroundJob, job_id).state == "failed"
        assert session.get(m.ExportFile, job_id) is None
    assert not events("export")


def test_T_I09_an_export_is_its_owners_alone(units: World) -> None:
    job_id = ask(units, "reviewer", f"{LIST}csv")
    work()

    for person in ("admin", "auditor", "officer", "office", "unit_a"):
        browser = units.browser(person)
        for address in (f"/exports/{job_id}", f"/exports/{job_id}/file", f"/jobs/{job_id}"):
            assert browser.get(address).status_code == 404, (person, address)
        assert browser.post(f"/exports/{job_id}/delete").status_code == 404
        assert f"/exports/{job_id}" not in browser.get("/exports/").text
    assert units.browser("anonymous").get(f"/exports/{job_id}/file").status_code == 302
    other = session.scalars(select(m.BackgroundJob.id).where(m.BackgroundJob.kind == "screening")).first()
    assert other is None or units.browser("reviewer").get(f"/exports/{other}").status_code == 404


def test_T_I09_a_file_goes_after_its_days_and_its_bytes_with_it(units: World) -> None:
    job_id = ask(units, "reviewer", f"{LIST}csv")
    work()
    file = session.get_one(m.ExportFile, job_id)
    days, sha256, until = file.kept_until - file.created_at, file.sha256, file.kept_until
    assert days == timedelta(days=parameters.integer("export_days"))
    later = until + timedelta(days=2)

    storage.delete_unreferenced(later)
    with storage.open_bytes(sha256) as stream:
        assert stream.read(3) == b"\xef\xbb\xbf"
    with transaction(Actor.system()):
        assert exports.expire(until - timedelta(seconds=1)) == 0
        assert exports.expire(until) == 1
    storage.delete_unreferenced(later)

    browser = units.browser("reviewer")
    assert browser.get(f"/exports/{job_id}/file").status_code == 404
    assert "文件已删除" in browser.get(f"/exports/{job_id}").text
    assert "已删除" in browser.get("/exports/").text


def test_a_file_is_deleted_before_its_time_on_request(units: World) -> None:
    job_id = ask(units, "reviewer", f"{LIST}xlsx")
    work()
    browser = units.browser("reviewer")

    assert browser.post(f"/exports/{job_id}/delete").status_code == 302
    assert browser.get(f"/exports/{job_id}/file").status_code == 404
    assert browser.post(f"/exports/{job_id}/delete").status_code == 404


def test_T_X10_a_broken_download_goes_on_where_it_stopped(units: World) -> None:
    job_id = ask(units, "reviewer", f"{LIST}csv")
    work()
    browser = units.browser("reviewer")
    whole = browser.get(f"/exports/{job_id}/file")

    rest = browser.get(
        f"/exports/{job_id}/file", headers={"Range": "bytes=100-", "If-Range": whole.headers["ETag"]}
    )
    assert rest.status_code == 206, rest.headers
    assert rest.data == whole.data[100:]
    assert rest.headers["Content-Range"] == f"bytes 100-{len(whole.data) - 1}/{len(whole.data)}"


def test_T_X10_two_people_get_their_own_files(units: World) -> None:
    jobs_of = {person: ask(units, person, f"{LIST}gb18030") for person in ("reviewer", "office")}
    work()

    counts = {
        p: len(lines(units.browser(p).get(f"/exports/{j}/file").data, "gb18030")) for p, j in jobs_of.items()
    }
    assert counts == {"reviewer": 8, "office": 7}


def test_the_same_export_asked_for_twice_is_made_once_and_nobody_fills_the_queue(units: World) -> None:
    first = ask(units, "reviewer", f"{LIST}csv")
    assert ask(units, "reviewer", f"{LIST}csv") == first
    for order in ("asc", "desc")[: exports.UNFINISHED - 1]:
        ask(units, "reviewer", f"{LIST}csv?order=name&dir={order}")
    answer = units.browser("reviewer").post(f"{LIST}xlsx")
    assert answer.status_code == 409
    assert "3 个导出正在进行" in answer.text


def test_a_job_speaks_the_language_of_whoever_asked(units: World) -> None:
    browser = units.browser("reviewer")
    browser.post("/language", data={"language": "en", "next": "/"}, headers={"Origin": "http://localhost"})
    answer = browser.post(f"{LIST}xlsx?q=示例")
    job_id = int(answer.location.rsplit("/", 1)[1])
    work()

    book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get(f"/exports/{job_id}/file").data))
    first, *rest = book.get_sheet_by_index(0).to_python()
    assert not [title for title in first if re.search("[一-鿿]", title)]
    assert all(row[2] == "Enterprise" for row in rest)
    notes: dict[str, Any] = dict(book.get_sheet_by_name("About this export").to_python())
    assert notes["Search"] == "示例"
    assert notes["Rows"] == str(len(rest))


def test_a_short_list_comes_at_once_with_its_filter_and_count_in_the_trail(world: World) -> None:
    answer = world.browser("reviewer").get(f"{LIST}xlsx?q=长沙甲")

    notes = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_name("导出说明").to_python()
    assert ["搜索", "长沙甲"] in notes
    assert ["行数", "1"] in notes
    detail = events("export")[0].detail.replace(" ", "")
    assert '"rows":1' in detail
    assert "长沙甲" in detail


def test_T_X10_a_client_that_leaves_leaves_nothing_behind(world: World) -> None:
    answer = world.browser("reviewer").get(f"{LIST}xlsx", buffered=False)
    pieces = answer.iter_encoded()
    assert next(pieces).startswith(b"PK")
    answer.close()
    assert world.browser("reviewer").get(f"{LIST}xlsx").status_code == 200


def test_times_are_beijing_dates_in_excel(world: World) -> None:
    unit = session.get_one(m.Unit, world.records["a"]["unit"])
    unit.verified_at = utc_now().replace(year=2025, month=3, day=1, hour=20, minute=30, second=0)
    session.commit()

    answer = world.browser("reviewer").get(f"{LIST}xlsx?q=长沙甲")
    row = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0).to_python()[1]
    assert str(row[-1]) == "2025-03-02 04:30:00"
    assert "2025-03-02 04:30" in world.browser("reviewer").get(f"{LIST}csv?q=长沙甲").text


def test_products_found_by_the_index_are_exported_in_the_background_too(
    world: World, no_csrf: None, at_once: Callable[[int], None]
) -> None:
    unit = session.get_one(m.Unit, world.records["a"]["unit"])
    make_product(unit, "第六种电池", patents=[])
    session.execute(delete(m.BackgroundJob))
    session.commit()
    at_once(1)
    job_id = ask(world, "reviewer", "/productview/export/csv?f_state=filed")
    work()
    rows = lines(world.browser("reviewer").get(f"/exports/{job_id}/file").data)
    assert len(rows) == 3


@pytest.mark.parametrize("view", ["userview", "roleview"])
def test_lists_with_words_of_their_own_are_exported_in_those_words(world: World, view: str) -> None:
    answer = world.browser("admin").get(f"/{view}/export/csv")

    assert answer.status_code == 200
    cells = {cell for row in lines(answer.data) for cell in row}
    assert "审核员" in cells
    assert "Reviewer" not in cells


def test_every_kind_of_list_is_the_same_file_at_once_and_in_the_background(
    world: World, no_csrf: None
) -> None:
    round_id, run_id = world.records["a"]["recognition_round"], world.records["a"]["screening_run"]
    lists = [
        ("unit_a", "/my/patents/export/csv"), ("unit_a", "/my/products/export/filed/csv?q=电动"),
        ("unit_a", "/my/assets/export/csv"), ("unit_a", "/my/certificates/export/csv"),
        ("office", "/stats/regions/regions.csv?year=2024"), ("admin", "/userview/export/csv?f_state=active"),
        ("officer", f"/recognition/{round_id}/screening/{run_id}/export/csv?passed=yes"),
        ("officer", f"/recognition/{round_id}/proposal.csv"),
    ]  # fmt: skip
    session.execute(delete(m.BackgroundJob))
    session.commit()
    asked = [(who, address, ask(world, who, address)) for who, address in lists[::2]]
    work()
    asked += [(who, address, ask(world, who, address)) for who, address in lists[1::2]]
    work()

    for who, address, job_id in asked:
        browser = world.browser(who)
        made, at_once = browser.get(f"/exports/{job_id}/file"), browser.get(address)
        assert (made.status_code, at_once.status_code) == (200, 200), address
        assert made.data == at_once.data, address
        assert len(lines(made.data)) > 1 or "proposal" in address, address
