"""Programs take lists away as files, bring tables in, and keep views of statistics."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from app import models as m
from app.db import session
from app.domain import actor as roles
from app.services import statistics
from tests.api.conftest import Cast
from tests.support import factories as make
from tests.support.imports import dump, work
from tests.support.programs import Program, refused


def lines(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def table(text: str, name: str = "专利.csv") -> dict[str, Any]:
    return {"file": (io.BytesIO(text.encode()), name)}


def finished(program: Program, path: str) -> Any:
    """What an address answers once the worker has done what waits."""
    work()
    return program.do("GET", path)


def test_a_list_is_exported_as_it_is_filtered_and_fetched_once_it_is_made(cast: Cast) -> None:
    make.make_patent(cast.unit, legal_state="valid")
    make.make_patent(cast.unit, legal_state="lapsed")
    session.commit()
    started = cast.anna.do(
        "POST", "exports/", {"of": "own_patents", "kind": "csv", "filters": {"f_legal_state": "valid"}}
    )
    path = f"exports/{started['job_id']}"
    assert cast.anna.do("GET", path)["state"] == "waiting"
    assert cast.anna.call("GET", f"{path}/file").status_code == 404
    shown = finished(cast.anna, path)
    assert (shown["state"], shown["kind"], shown["rows"]) == ("done", "csv", 1)
    content = cast.anna.call("GET", f"{path}/file")
    assert len(lines(content.data)) == 2
    assert shown["size"] == len(content.data)
    assert [each["id"] for each in cast.anna.do("GET", "exports/")] == [started["job_id"]]
    cast.anna.do("DELETE", path)
    assert cast.anna.call("GET", f"{path}/file").status_code == 404


def test_T_I09_an_export_is_its_owners_alone(cast: Cast) -> None:
    started = cast.anna.do("POST", "exports/", {"of": "own_products_draft", "kind": "xlsx"})
    work()
    for program in (cast.bo, cast.rita):
        for method, path in (("GET", ""), ("GET", "/file"), ("DELETE", "")):
            assert program.call(method, f"exports/{started['job_id']}{path}").status_code == 404
        assert program.do("GET", "exports/") == []


def test_only_lists_that_somebody_sees_can_be_exported_and_only_under_known_filters(cast: Cast) -> None:
    start = ("POST", "exports/")
    assert refused(cast.anna.call(*start, {"of": "audit_event", "kind": "csv"})) == {"of"}
    assert refused(cast.rita.call(*start, {"of": "audit_event", "kind": "csv"})) == {"of"}
    assert refused(cast.rita.call(*start, {"of": "own_patents", "kind": "csv"})) == {"of"}
    assert refused(cast.rita.call(*start, {"of": "patent", "kind": "pdf"})) == {"kind"}
    for filters in (
        {"f_unit_id": "1"},
        {"f_legal_state": "nope"},
        {"dir": "up"},
        {"tab": "x"},
        {"": "x"},
        {"f" * 9_999: "x"},
    ):
        [field] = refused(cast.rita.call(*start, {"of": "patent", "kind": "csv", "filters": filters}))
        assert field
        assert field.startswith("filters")
    assert (
        cast.rita.call(*start, {"of": "patent", "kind": "csv", "filters": {"q": "电池"}}).status_code == 201
    )


def test_a_table_is_checked_imported_and_taken_back_as_a_whole(cast: Cast) -> None:
    before = dump()
    number = make.make_number()
    rest = f"{cast.unit.name},{number.year}-03-01,有权,自主申请"
    text = f"专利号,专利名称,专利权人,申请日,法律状态,取得方式\n{number.display},电池隔膜,{rest}\n不是号码,坏行,{rest}\n"
    batch = cast.anna.do("POST", "imports/", data={"kind": "patents", **table(text)})
    path = f"imports/{batch['id']}"
    shown = finished(cast.anna, path)
    assert (shown["stage"], shown["counts"]["new"], shown["counts"]["faulty"]) == ("checked", 1, 1)
    [fault] = cast.anna.do("GET", f"{path}/faults")
    assert (fault["row"], fault["column"], fault["value"]) == (3, "专利号", "不是号码")
    assert refused(cast.anna.call("POST", f"{path}/write", {"mode": "all"})) == {"mode"}
    cast.anna.do("POST", f"{path}/write", {"mode": "valid"})
    assert cast.anna.call("POST", f"{path}/write", {"mode": "valid"}).status_code == 409
    shown = finished(cast.anna, path)
    assert (shown["stage"], shown["can_undo"]) == ("done", True)
    assert [row["title"] for row in cast.anna.do("GET", "patents/")] == ["电池隔膜"]
    cast.anna.do("POST", f"{path}/undo")
    assert finished(cast.anna, path)["stage"] == "undone"
    assert dump() == before


def test_columns_that_are_not_plain_are_asked_for(cast: Cast) -> None:
    batch = cast.anna.do(
        "POST", "imports/", data={"kind": "patents", **table("编号码,叫什么\nZL201510222662.8,电池隔膜\n")}
    )
    assert batch["stage"] == "columns"
    assert [each["heading"] for each in batch["columns"]] == ["编号码", "叫什么"]
    assert "number" in [each["field"] for each in batch["fields"]]
    path = f"imports/{batch['id']}"
    assert refused(cast.anna.call("POST", f"{path}/columns", {"fields": ["number"]})) == {"fields"}
    assert refused(cast.anna.call("POST", f"{path}/columns", {"fields": ["number", "nope"]})) == {"fields"}
    assert cast.anna.do("POST", f"{path}/columns", {"fields": ["number", "title"]})["stage"] == "checking"
    assert cast.bo.call("GET", path).status_code == 404


def test_what_cannot_be_read_is_refused_before_its_rows_are(cast: Cast, admin: Program) -> None:
    assert refused(cast.anna.call("POST", "imports/", data={"kind": "patents"})) == {"file"}
    assert refused(cast.anna.call("POST", "imports/", data={"kind": "patents", **table("", "a.csv")})) == {
        "file"
    }
    assert refused(cast.anna.call("POST", "imports/", data={"kind": "nothing", **table("a\n1\n")})) == {
        "kind"
    }
    odd = {"kind": "patents", "encoding": "ebcdic", **table("a\n1\n")}
    assert refused(cast.anna.call("POST", "imports/", data=odd)) == {"encoding"}
    assert cast.anna.call("POST", "imports/", data={"kind": "users", **table("a\n1\n")}).status_code == 404
    assert admin.call("POST", "imports/", data={"kind": "patents", **table("a\n1\n")}).status_code == 404
    assert cast.rita.call("GET", "imports/").status_code == 403


def test_templates_and_what_is_there_are_tables(cast: Cast, admin: Program) -> None:
    make.make_patent(cast.unit)
    session.commit()
    [heading] = lines(cast.anna.call("GET", "imports/templates/patents/csv").data)
    there = lines(cast.anna.call("GET", "imports/current/patents/csv").data)
    assert there[0] == heading
    assert len(there) == 2
    assert lines(admin.call("GET", "imports/templates/users/csv").data)[0]
    assert cast.anna.call("GET", "imports/current/users/csv").status_code == 404


@pytest.fixture
def figures(cast: Cast) -> Cast:
    """Statistics of one filed product."""
    make.make_product(cast.unit, state="filed")
    session.commit()
    statistics.refresh(make.NOW)
    return cast


def test_a_view_of_statistics_is_kept_and_run_again(figures: Cast) -> None:
    kept = figures.rita.do("POST", "statistics/views/", {"name": "年中", "page": "overview"})
    assert refused(figures.rita.call("POST", "statistics/views/", {"name": "年中", "page": "overview"})) == {
        "name"
    }
    assert [view["name"] for view in figures.rita.do("GET", "statistics/views/")] == ["年中"]
    again = figures.rita.do("GET", f"statistics/views/{kept['id']}")
    assert again["reproduced"] is True
    assert {each["key"] for each in again["tables"]} >= {"totals", "changes"}
    other = Program.of(figures.rita.app, make.make_user(roles.AUDITOR))
    session.commit()
    assert other.call("GET", f"statistics/views/{kept['id']}").status_code == 404
    figures.rita.do("DELETE", f"statistics/views/{kept['id']}")
    assert session.query(m.SavedView).count() == 0
    assert figures.anna.call("GET", "statistics/views/").status_code == 403
