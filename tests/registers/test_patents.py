"""The patent register in the database: loading it, again and again, and asking it."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select

from app import models as m
from app.domain.errors import RuleError
from app.domain.normal import name_key
from app.domain.patent_number import check_character
from app.registers import bulk, patents
from app.registers.patents import LoadResult, load_register

Write = Callable[..., Path]
NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
HEADER = "申请号,专利名称,专利类型,专利权人,发明人,申请日,授权公告日,公开公告号,IPC主分类,法律状态\n"
CABINET = "ZL 2015 1 0222662.8,一种储能柜,发明,甲科技有限公司;乙大学,张三;李四,2015-05-04,2017-10-10,CN104000000B,H01M 10/0525 (2010.01),有权\n"
ROBOT = "201720349428.6,植物监测终端,实用新型,丙科技有限公司,,2017-04-05,,,,审中\n"
REAL = Path(__file__).parent / "patents_real.csv"


def numbers(count: int) -> list[str]:
    """Right numbers of inventions, one after the other."""
    bodies = [f"20201{n:07d}" for n in range(1, count + 1)]
    return [f"{body}.{check_character(body)}" for body in bodies]


def load(path: Path, **options: Any) -> LoadResult:
    return load_register(path, now=options.pop("now", NOW), **options)


def counts(result: LoadResult) -> tuple[int, int, int, int]:
    return result.loaded, result.updated, result.unchanged, result.rejected


def owners(session: Any) -> set[tuple[str, str]]:
    return {
        tuple(row)
        for row in session.execute(select(m.RegisterPatentee.name_key, m.RegisterPatentee.application_no))
    }


@pytest.fixture
def loaded(session: Any, write: Write) -> LoadResult:
    return load(write("list.csv", HEADER + CABINET + ROBOT))


def test_a_list_is_loaded_with_all_its_facts(session: Any, loaded: LoadResult) -> None:
    assert str(loaded) == "loaded=2 updated=0 rejected=0"
    cabinet = patents.find("2015102226628")
    assert cabinet is not None
    assert (cabinet.title, cabinet.kind, cabinet.patentees) == (
        "一种储能柜",
        "invention",
        "甲科技有限公司;乙大学",
    )
    assert (cabinet.inventors, cabinet.publication_no, cabinet.ipc) == (
        "张三;李四",
        "CN104000000B",
        "H01M 10/0525",
    )
    assert (str(cabinet.filing_date), str(cabinet.grant_date), str(cabinet.expiry)) == (
        "2015-05-04",
        "2017-10-10",
        "2035-05-04",
    )
    assert (cabinet.legal_state, cabinet.lapse_reason, cabinet.source) == ("valid", None, "list.csv")
    assert cabinet.loaded_at == NOW
    assert patents.find("2015102226629") is None


def test_patents_are_found_by_every_owner(session: Any, loaded: LoadResult) -> None:
    def owned(*names: str) -> list[str]:
        return [patent.application_no for patent in patents.owned_by([name_key(name) for name in names])]

    assert owned("乙 大 学") == ["2015102226628"]
    assert owned("甲科技有限公司", "乙大学", "丙科技有限公司") == ["2015102226628", "2017203494286"]
    assert owned("丁") == owned() == []


def test_T_X08_loading_the_same_list_again_changes_nothing(
    session: Any, loaded: LoadResult, write: Write
) -> None:
    before = owners(session)
    again = load(write("again.csv", HEADER + CABINET + ROBOT), now=NOW + timedelta(days=1))
    assert counts(again) == (0, 0, 2, 0)
    assert owners(session) == before
    cabinet = patents.find("2015102226628")
    assert cabinet is not None
    assert (cabinet.loaded_at, cabinet.source) == (NOW, "list.csv")


def test_T_X08_an_overlapping_list_adds_and_changes(session: Any, loaded: LoadResult, write: Write) -> None:
    lapsed = CABINET.replace("有权", "失效-未缴年费").replace("甲科技有限公司;乙大学", "丁有限公司")
    new = f"{numbers(1)[0]},新,发明,乙大学,,,,,,审中\n"
    result = load(write("newer.csv", HEADER + lapsed + ROBOT + new), now=NOW + timedelta(days=1))
    assert counts(result) == (1, 1, 1, 0)
    cabinet = patents.find("2015102226628")
    assert cabinet is not None
    assert (cabinet.legal_state, cabinet.lapse_reason, cabinet.loaded_at) == (
        "lapsed",
        "fee",
        NOW + timedelta(days=1),
    )
    assert (name_key("甲科技有限公司"), "2015102226628") not in owners(session)
    assert (name_key("丁有限公司"), "2015102226628") in owners(session)


def test_a_list_with_few_columns_erases_nothing(session: Any, loaded: LoadResult, write: Write) -> None:
    """A list of legal states alone, and one that does not know them."""
    assert counts(load(write("states.csv", "申请号,法律状态\n2015102226628,失效\n"))) == (0, 1, 0, 0)
    assert counts(load(write("titles.csv", "申请号,专利名称,专利权人\nZL201510222662.8,,\n"))) == (0, 0, 1, 0)
    cabinet = patents.find("2015102226628")
    assert cabinet is not None
    assert (cabinet.title, cabinet.patentees, cabinet.legal_state) == (
        "一种储能柜",
        "甲科技有限公司;乙大学",
        "lapsed",
    )
    assert len(owners(session)) == 3


def test_the_last_of_two_rows_with_one_number_counts(session: Any, write: Write) -> None:
    result = load(write("twice.csv", HEADER + CABINET + CABINET.replace("储能柜", "配电柜")))
    assert counts(result) == (1, 0, 1, 0)
    cabinet = patents.find("2015102226628")
    assert cabinet is not None
    assert cabinet.title == "一种配电柜"


def test_every_fault_is_in_the_report_with_row_column_value_and_reason(
    session: Any, write: Write, tmp_path: Path
) -> None:
    bad = "ZL 2015 1 0222662.9,=cmd|' /C calc'!A0,发明,甲,,2025-13-01,2025/2/29,,,有权\n"
    report = tmp_path / "report.csv"
    result = load(write("bad.csv", HEADER + bad + "\n" + ROBOT + ",,,,,,,,,,,x\n"), report_path=report)
    assert counts(result) == (1, 0, 0, 2)
    with report.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["行号", "列", "值", "原因"]
    assert [line[:3] for line in lines[1:]] == [
        ["5", "", ""], ["2", "申请号", "ZL 2015 1 0222662.9"], ["2", "申请日", "2025-13-01"],
        ["2", "授权公告日", "2025/2/29"],
    ]  # fmt: skip
    assert lines[4][3] == "日期“2025/2/29”不存在：2025 年 2 月没有 29 日"


def test_T_X01_values_in_the_report_are_no_formulas(session: Any, write: Write, tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    load(write("bad.csv", "申请号\n=1+1\n"), report_path=report)
    assert "'=1+1" in report.read_text(encoding="utf-8-sig")


def test_excel_and_json_lines_load_like_csv(session: Any, write: Write, tmp_path: Path) -> None:
    book = tmp_path / "list.xlsx"
    with xlsxwriter.Workbook(book, {"strings_to_numbers": False}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_row(0, 0, ["专利号", "发明名称", "申请人", "申请日"])
        sheet.write_row(1, 0, ["ZL201510222662.8", "一种储能柜", "甲公司"])
        sheet.write_datetime(1, 3, date(2015, 5, 4), workbook.add_format({"num_format": "yyyy/m/d"}))
    assert counts(load(book)) == (1, 0, 0, 0)
    lines = write(
        "list.jsonl",
        '{"application_no": "2015102226628", "patentee": ["甲公司"], "filing date": "2015-05-04"}\n',
    )
    assert counts(load(lines)) == (0, 0, 1, 0)


def test_a_real_list_is_loaded_right(session: Any) -> None:
    """Sixty numbers as they stand in public texts: five are invented, one has a wrong check character."""
    result = load(REAL)
    assert counts(result) == (54, 0, 0, 6)
    assert sorted({fault.row for fault in result.faults}) == [6, 10, 14, 28, 37, 52]
    assert counts(load(REAL)) == (0, 0, 54, 6)
    giraffe = patents.find("2023116459399")
    assert giraffe is not None
    assert (giraffe.patentees, giraffe.publication_no, giraffe.legal_state) == (
        "长颈鹿科技（控股）有限公司",
        "CN117670482B",
        "valid",
    )
    billing = patents.find("201610311380X")
    assert billing is not None
    assert (billing.publication_no, billing.legal_state, str(billing.expiry)) == (
        "CN106022747A",
        "pending",
        "2036-05-12",
    )
    part_date = patents.find("2023110460918")
    assert part_date is not None
    assert part_date.grant_date is None
    assert [p.application_no for p in patents.owned_by([name_key("比亚迪股份有限公司")])] == ["2024306403759"]


def test_a_file_without_numbers_is_refused(session: Any, write: Write) -> None:
    with pytest.raises(RuleError, match="缺少“申请号”列"):
        load(write("list.csv", "专利名称\nx\n"))


def test_progress_tells_the_rows_read(session: Any, write: Write) -> None:
    told: list[int] = []
    load(write("list.csv", "申请号\n" + "\n".join(numbers(25)) + "\n"), batch=10, progress=told.append)
    assert told == [10, 20, 25]


def test_T_D01_a_crash_keeps_whole_batches_and_loading_again_completes_them(
    session: Any, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("list.csv", "申请号,专利权人\n" + "".join(f"{number},甲公司\n" for number in numbers(50)))
    stage, calls = bulk.stage, []

    def crash_at_the_sixth(*arguments: Any) -> Any:
        calls.append(arguments[1])
        if len(calls) == 6:  # of the third batch: its patents are written, its owners are not
            raise KeyboardInterrupt
        return stage(*arguments)

    monkeypatch.setattr(bulk, "stage", crash_at_the_sixth)
    with pytest.raises(KeyboardInterrupt):
        load(path, batch=10)
    rows = select(func.count()).select_from(m.RegisterPatent)
    assert session.execute(rows).scalar_one() == len(owners(session)) == 20
    monkeypatch.undo()
    assert counts(load(path, batch=10)) == (30, 0, 20, 0)
    assert len(owners(session)) == 50


@pytest.fixture
def own(session: Any, loaded: LoadResult) -> m.Patent:
    """A unit's patent with the register's facts."""
    unit = m.Unit(
        name="甲科技有限公司",
        name_key="甲科技有限公司",
        uscc="91350100M000100Y43",
        created_at=NOW,
        changed_at=NOW,
    )
    session.add(unit)
    session.flush()
    patent = m.Patent(unit_id=unit.id, kind="invention", created_at=NOW, changed_at=NOW)
    register = patents.find("2015102226628")
    assert register is not None
    patents.copy_facts(register, patent)
    session.add(patent)
    session.commit()
    return patent


def test_patents_whose_facts_changed_in_the_register_are_found(
    session: Any, own: m.Patent, write: Write
) -> None:
    assert list(patents.outdated()) == []
    later = NOW + timedelta(days=1)
    load(write("newer.csv", HEADER + CABINET.replace("有权", "失效")), now=later)
    found = list(patents.outdated(own.unit_id, since=NOW))
    assert [(patent.id, register.legal_state) for patent, register in found] == [(own.id, "lapsed")]
    assert list(patents.outdated(own.unit_id + 1)) == list(patents.outdated(since=later)) == []
    patents.copy_facts(found[0][1], found[0][0])
    session.flush()
    assert list(patents.outdated()) == []


def test_a_single_wrong_row_is_no_obstacle_in_an_empty_register(session: Any, write: Write) -> None:
    assert counts(load(write("bad.csv", "申请号\nx\n"))) == (0, 0, 0, 1)
