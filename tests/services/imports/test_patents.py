"""Patents of a unit from a table: checked to the row before anything is written, undone as a whole (mission N6)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from app import models as m
from app.db import session, transaction
from app.domain import patent_number
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.domain.errors import NotFound, RuleError
from app.services import patents
from app.services.imports import batches
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support import imports
from tests.support.acts import do

HEADING = ("专利号", "专利名称", "专利权人", "申请日", "授权公告日", "法律状态", "取得方式")


def row(number: Any, owner: str, title: str = "一种示例装置", **values: str) -> list[str]:
    """A row of a table, in force and the unit's own."""
    cells = {"filed": f"{number.year}-03-01", "granted": "", "state": "有权", "obtained": "自主申请"} | values
    return [number.display, title, owner, cells["filed"], cells["granted"], cells["state"], cells["obtained"]]


@pytest.fixture
def table(cast: Cast, tmp_path: Path) -> Path:
    """Three patents of unit A, one of which the register knows."""
    owner, numbers = cast.unit.name, [make.make_number() for _ in range(3)]
    make.make_register_patent([owner], numbers[0], title="登记簿中的名称")
    session.commit()
    return imports.written(tmp_path, HEADING, [row(number, owner) for number in numbers])


def own_patents(cast: Cast) -> list[m.Patent]:
    """What unit A's base holds, by number."""
    session.rollback()
    query = select(m.Patent).where(m.Patent.unit_id == cast.anna.unit_id).order_by(m.Patent.application_no)
    return list(session.scalars(query))


def test_a_table_is_checked_before_anything_is_written(cast: Cast, table: Path) -> None:
    before = imports.dump()

    batch_id = imports.uploaded(cast.anna, "patents", table)

    assert imports.batch(batch_id).stage == "checked"
    assert imports.batch(batch_id).counts == {"new": 3}
    assert imports.dump() == before


def test_patents_are_imported_with_the_facts_of_the_register_where_it_knows_them(
    cast: Cast, table: Path
) -> None:
    done = imports.imported(cast.anna, "patents", table)

    assert (done.stage, done.counts) == ("done", {"new": 3})
    assert [(patent.title, patent.source) for patent in own_patents(cast)] == [
        ("登记簿中的名称", "import"), ("一种示例装置", "import"), ("一种示例装置", "import"),
    ]  # fmt: skip


def test_T_X08_the_same_file_twice_changes_nothing_the_second_time(cast: Cast, table: Path) -> None:
    imports.imported(cast.anna, "patents", table)
    versions = [patent.version for patent in own_patents(cast)]

    batch_id = imports.uploaded(cast.anna, "patents", table)

    assert imports.batch(batch_id).counts == {"same": 3}
    assert [patent.version for patent in own_patents(cast)] == versions
    with pytest.raises(RuleError), transaction(cast.anna):
        batches.write(cast.anna, batch_id, "all", make.NOW)


def test_T_X08_undoing_leaves_every_table_as_before(cast: Cast, table: Path, tmp_path: Path) -> None:
    imports.imported(cast.anna, "patents", table)
    first = own_patents(cast)[1]
    before = imports.dump()
    rows = [row(patent_number.parse(first.application_no), cast.unit.name, "改过的名称")]
    rows.append(row(make.make_number(), cast.unit.name))

    done = imports.imported(cast.anna, "patents", imports.written(tmp_path, HEADING, rows))
    assert done.counts == {"change": 1, "new": 1}
    assert imports.dump() != before

    assert imports.undone(cast.ali, done.id).stage == "undone"
    assert imports.dump() == before


def test_T_X08_what_was_edited_or_used_since_is_named_and_nothing_is_undone(cast: Cast, table: Path) -> None:
    done = imports.imported(cast.anna, "patents", table)
    first, second, third = own_patents(cast)
    do(patents.edit, cast.ali, second.id, {"title": "之后改的名称"}, second.version)
    product = make.make_product(session.get_one(m.Unit, cast.anna.unit_id), "示例电池")
    product.years[0].links.append(m.PatentLink(unit_id=product.unit_id, patent_id=third.id))
    session.commit()

    after = imports.undone(cast.anna, done.id)

    assert after.stage == "done"
    assert [each["params"] for each in after.conflicts] == [{"row": 3}, {"row": 4}]
    assert len(own_patents(cast)) >= 3
    assert first.id in {patent.id for patent in own_patents(cast)}


def test_T_X06_every_fault_is_named_with_the_number_excel_shows(cast: Cast, tmp_path: Path) -> None:
    good, twice = make.make_number(), make.make_number()
    rows = [
        row(good, cast.unit.name),
        ["", "", "", "", "", "", ""],
        [good.display[:-1] + ("0" if good.display[-1] != "0" else "1"), "校验位不对", cast.unit.name, "2018-03-01", "", "有权", ""],
        row(make.make_number(), cast.unit.name, filed="2018-02-30", state="不知道"),
        row(make.make_number(), "别家有限公司"),
        row(twice, cast.unit.name, obtained="捡来的"),
        row(twice, cast.unit.name),
    ]  # fmt: skip

    batch_id = imports.uploaded(cast.anna, "patents", imports.written(tmp_path, HEADING, rows))

    said = imports.said(batch_id)
    assert sorted(said) == [4, 5, 6, 7, 8]
    assert any(text.startswith("number: ") for text in said[4])
    assert {text.split(":")[0] for text in said[5]} == {"filing_date", "legal_state"}
    assert {text.split(":")[0] for text in said[6]} == {"obtained", "proof_file_id"}
    assert said[7][0].startswith("obtained: “捡来的”")
    assert said[8] == ["None: 与第 7 行重复"]


def test_a_user_picks_all_rows_or_only_those_without_faults(cast: Cast, tmp_path: Path) -> None:
    rows = [row(make.make_number(), cast.unit.name), row(make.make_number(), "别家有限公司")]
    batch_id = imports.uploaded(cast.anna, "patents", imports.written(tmp_path, HEADING, rows))
    with pytest.raises(RuleError), transaction(cast.anna):
        batches.write(cast.anna, batch_id, "all", make.NOW)

    done = imports.confirmed(cast.anna, batch_id, "valid")

    assert done.counts == {"new": 1, "faulty": 1}
    assert len(own_patents(cast)) == 1


def test_in_an_import_of_all_rows_a_fault_that_came_up_since_takes_everything_back(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = make.make_number()
    rows = [row(make.make_number(), cast.unit.name), row(number, cast.unit.name)]
    batch_id = imports.uploaded(cast.anna, "patents", imports.written(tmp_path, HEADING, rows))
    make.make_register_patent(["别家有限公司"], number)
    session.commit()
    before = imports.dump()
    monkeypatch.setattr("app.services.imports.patents.Patents.chunk", 1)

    assert imports.confirmed(cast.anna, batch_id, "all").stage == "refused"
    assert imports.dump() == before
    assert sorted(imports.said(batch_id)) == [3]


def test_T_D01_a_work_that_was_killed_goes_on_where_it_stopped(
    cast: Cast, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch_id = imports.uploaded(cast.anna, "patents", table)
    monkeypatch.setattr("app.services.imports.patents.Patents.chunk", 1)
    steps = iter([None, KeyboardInterrupt()])

    def step(self: Any, done: int, total: int) -> None:
        if error := next(steps, None):
            raise error

    with monkeypatch.context() as killed:
        killed.setattr("app.services.background.Task.step", step)
        with pytest.raises(KeyboardInterrupt):
            imports.confirmed(cast.anna, batch_id)
    assert len(own_patents(cast)) == 2
    assert imports.batch(batch_id).stage == "writing"

    with transaction(cast.anna):
        batches.again(cast.anna, batch_id, make.NOW)
    imports.work()

    assert (imports.batch(batch_id).stage, len(own_patents(cast))) == ("done", 3)
    assert session.scalar(select(func.count()).select_from(m.ImportTrace)) == 3
    assert imports.undone(cast.anna, batch_id).stage == "undone"
    assert own_patents(cast) == []


def test_export_import_export_is_byte_for_byte_the_same(cast: Cast, table: Path, tmp_path: Path) -> None:
    imports.imported(cast.anna, "patents", table)
    for english in (False, True):
        first = imports.exported(cast.anna, "patents", english=english)
        for patent in own_patents(cast):
            session.delete(patent)
        session.commit()
        path = tmp_path / "again.csv"
        path.write_bytes(first)

        assert imports.imported(cast.anna, "patents", path).counts == {"new": 3}
        assert imports.exported(cast.anna, "patents", english=english) == first


def test_T_X01_cells_that_look_like_formulas_come_back_as_they_were(cast: Cast, tmp_path: Path) -> None:
    title = "=cmd|' /C calc'!A0"
    path = imports.written(tmp_path, HEADING, [row(make.make_number(), cast.unit.name, title)])
    assert b"'=cmd" in path.read_bytes()

    imports.imported(cast.anna, "patents", path)

    assert own_patents(cast)[0].title == title


def test_headings_nobody_knows_are_assigned_by_hand(cast: Cast, tmp_path: Path) -> None:
    number = make.make_number()
    heading = ("编号", "什么", "谁的", "哪天", "备注", "状态")
    rows = [[number.display, "一种示例装置", cast.unit.name, "2018-03-01", "内部备注", "有权"]]
    batch_id = imports.uploaded(cast.anna, "patents", imports.written(tmp_path, heading, rows))
    assert imports.batch(batch_id).stage == "columns"
    with pytest.raises(RuleError), transaction(cast.anna):
        batches.assign(cast.anna, batch_id, ["title"] * 6, make.NOW)

    with transaction(cast.anna):
        fields = ["number", "title", "patentees", "filing_date", "", "legal_state"]
        batches.assign(cast.anna, batch_id, fields, make.NOW)
    imports.work()

    assert imports.batch(batch_id).counts == {"new": 1}


def test_T_X03_gb18030_is_found_out_or_chosen(cast: Cast, tmp_path: Path) -> None:
    text = "\n".join(
        ",".join(each) for each in (HEADING, row(make.make_number(), cast.unit.name, "𠮷䶮装置"))
    )
    path = tmp_path / "gb.csv"
    path.write_bytes(text.encode("gb18030"))
    for encoding in ("", "gb18030"):
        assert imports.batch(imports.uploaded(cast.anna, "patents", path, encoding)).counts == {"new": 1}
    with pytest.raises(RuleError):
        imports.uploaded(cast.anna, "patents", path, "utf-8")


def test_T_I01_an_import_of_another_unit_does_not_exist(cast: Cast, table: Path) -> None:
    batch_id = imports.uploaded(cast.anna, "patents", table)
    for stranger in (cast.bo, cast.admin, cast.rui):
        with pytest.raises(NotFound):
            do(batches.find, stranger, batch_id)
    with pytest.raises(NotFound):
        batches.receive("patents", table, "table.csv", "", 10, cast.admin)


def test_after_the_days_for_undoing_rows_and_traces_are_forgotten(cast: Cast, table: Path) -> None:
    done = imports.imported(cast.anna, "patents", table)
    with transaction(Actor.system()):
        batches.forget_old(utc_now() + timedelta(days=31))

    session.expire_all()
    assert session.scalar(select(func.count()).select_from(m.ImportRow)) == 0
    assert session.scalar(select(func.count()).select_from(m.ImportTrace)) == 0
    assert len(own_patents(cast)) == 3
    assert not batches.can_undo(imports.batch(done.id), utc_now() + timedelta(days=31))
