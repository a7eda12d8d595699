"""The register, classifications, calendar and accounts from tables, for administrators."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, func, select

from app import models as m
from app.db import session, transaction
from app.domain.errors import NotFound, RuleError
from app.registers import calendars
from app.services import patents
from app.services.imports import batches, kinds
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support import imports
from tests.support.acts import do

REGISTER = ("申请号", "发明名称", "申请人", "申请日", "授权日", "当前法律状态")
USERS = ("用户名", "姓名", "电子邮箱", "手机号码", "角色", "统一社会信用代码", "辖区")
CALENDAR = [
    ["2031-01-01", "休", "元旦"], ["2031-05-01", "休", "劳动节"], ["2031-10-01", "休", "国庆节"],
    ["2031-10-02", "休", "国庆节"], ["2031-10-03", "休", "国庆节"], ["2031-10-11", "班", ""],
]  # fmt: skip
CLASSES = ("分类代码", "分类名称", "上级代码", "产品性质", "产品阶段")


def test_administrators_load_the_register_and_take_it_back(cast: Cast, tmp_path: Path) -> None:
    known = make.make_register_patent(["长沙旧名有限公司"])
    number = known.application_no
    session.commit()
    before = imports.dump()
    rows = [
        [number, "新的名称", "长沙甲示例电池有限公司;长沙新名有限公司", "", "", ""],
        [make.make_number().display, "一种新装置", "长沙甲示例电池有限公司", "2018-03-01", "", "授权"],
    ]

    done = imports.imported(cast.admin, "register", imports.written(tmp_path, REGISTER, rows))

    assert done.counts == {"change": 1, "new": 1}
    owners = select(m.RegisterPatentee.name_key).where(m.RegisterPatentee.application_no == number)
    assert len(session.scalars(owners).all()) == 2
    assert session.get_one(m.RegisterPatent, number).legal_state == "valid"
    assert imports.undone(cast.admin, done.id).stage == "undone"
    assert imports.dump() == before


def test_a_register_units_have_taken_patents_from_is_not_taken_back(cast: Cast, tmp_path: Path) -> None:
    rows = [[make.make_number().display, "一种新装置", cast.unit.name, "2018-03-01", "", "授权"]]
    done = imports.imported(cast.admin, "register", imports.written(tmp_path, REGISTER, rows))
    do(patents.import_own, cast.anna)

    assert imports.undone(cast.admin, done.id).conflicts[0]["params"] == {"row": 2}
    assert session.scalar(select(func.count()).select_from(m.RegisterPatent)) == 1


def test_a_calendar_replaces_whole_years_and_is_taken_back(cast: Cast, tmp_path: Path) -> None:
    session.add(m.CalendarDay(day=date(2031, 2, 3), kind="rest", holiday="旧"))
    session.commit()
    before = imports.dump()
    heading = ("日期", "休或班", "节日")

    done = imports.imported(cast.admin, "calendar", imports.written(tmp_path, heading, CALENDAR))

    assert done.counts == {"new": 6, "removed": 1}
    assert calendars.calendar().knows(date(2031, 1, 1))
    assert imports.undone(cast.admin, done.id).stage == "undone"
    assert imports.dump() == before
    assert not calendars.calendar().knows(date(2031, 1, 1))


def test_a_year_that_is_not_whole_is_refused_as_a_whole(cast: Cast, tmp_path: Path) -> None:
    path = imports.written(tmp_path, ("日期", "休或班", "节日"), CALENDAR[1:])
    batch_id = imports.uploaded(cast.admin, "calendar", path)

    assert "日历不完整" in imports.said(batch_id)[2][0]
    for mode in ("all", "valid"):
        with pytest.raises(RuleError), transaction(cast.admin):
            batches.write(cast.admin, batch_id, mode, make.NOW)


def test_a_classification_takes_the_place_of_the_present_one_and_goes_again(
    cast: Cast, tmp_path: Path
) -> None:
    before = imports.dump()
    count = session.scalar(select(func.count()).select_from(m.ProductClass))
    rows = [["X1", "示例大类", "", "实物产品", "终端产品"], ["X11", "示例电池", "X1", "", "中间材料"]]

    done = imports.imported(cast.admin, "class", imports.written(tmp_path, CLASSES, rows))

    assert done.counts == {"new": 2, "removed": count}
    found = session.get_one(m.ProductClass, "X11")
    assert (found.nature, found.stage, found.scheme) == ("goods", "intermediate", "table")
    again = imports.uploaded(cast.admin, "class", imports.written(tmp_path, CLASSES, rows))
    assert imports.batch(again).counts == {"same": 2}
    assert imports.undone(cast.admin, done.id).stage == "undone"
    assert imports.dump() == before


def test_a_class_that_products_use_by_now_keeps_its_classification(cast: Cast, tmp_path: Path) -> None:
    product = make.make_product(session.get_one(m.Unit, cast.anna.unit_id), "示例电池")
    session.commit()
    rows = [["X1", "示例大类", "", "实物产品", "终端产品"], ["X11", "示例电池", "X1", "", "中间材料"]]
    done = imports.imported(cast.admin, "class", imports.written(tmp_path, CLASSES, rows))
    product.class_code = "X11"
    session.commit()

    assert imports.undone(cast.admin, done.id).conflicts[0]["params"] == {"row": 3}


def test_every_faulty_row_of_a_classification_is_named(cast: Cast, tmp_path: Path) -> None:
    rows = [
        ["X1", "示例大类", "没有的", "", ""],
        ["X 2", "坏代码", "", "实物产品", "终端产品"],
        ["X3", "", "", "实物产品", "终端产品"],
        ["X4", "好的", "", "实物产品", "终端产品"],
    ]
    batch_id = imports.uploaded(cast.admin, "class", imports.written(tmp_path, CLASSES, rows))
    assert sorted(imports.said(batch_id)) == [2, 3, 4]


def test_accounts_are_created_and_taken_back(cast: Cast, tmp_path: Path) -> None:
    before = imports.dump()
    rows = [
        ["wang.li", "王力", "wang@example.com", "13900000001", "审核员；认定专员", "", ""],
        ["hunan", "湖南省知识产权局", "hunan@example.com", "", "IP administration department", "", "430000"],
        ["unit.two", "李四", "li@example.com", "", "备案单位", cast.unit.uscc, ""],
    ]
    path = imports.written(tmp_path, USERS, rows)

    done = imports.imported(cast.admin, "users", path)

    assert done.counts == {"new": 3}
    user = session.scalars(select(User).where(User.username == "wang.li")).one()
    assert {role.name for role in user.roles} == {"Reviewer", "RecognitionOfficer"}
    assert imports.batch(imports.uploaded(cast.admin, "users", path)).counts == {"same": 3}
    assert imports.undone(cast.admin, done.id).stage == "undone"
    assert imports.dump() == before


def test_faults_of_accounts_are_those_of_their_form(cast: Cast, tmp_path: Path) -> None:
    rows = [
        ["anna", "另一个", "anna2@example.com", "", "审核员", "", ""],
        ["new.one", "新人", "不是邮箱", "123", "不知道", "", ""],
        ["new.two", "新人", "two@example.com", "", "备案单位", "91430100X", ""],
    ]
    batch_id = imports.uploaded(cast.admin, "users", imports.written(tmp_path, USERS, rows))
    said = imports.said(batch_id)
    assert said[2][0].startswith("username: ")
    assert {text.split(":")[0] for text in said[3]} >= {"roles"}
    assert {text.split(":")[0] for text in said[4]} == {"uscc"}


def test_T_I09_only_administrators_import_what_concerns_everybody(cast: Cast, tmp_path: Path) -> None:
    path = imports.written(tmp_path, USERS, [["a.b", "甲", "a@example.com", "", "审核员", "", ""]])
    for target in kinds.OF_ADMINS:
        for actor in (cast.anna, cast.rui, cast.auditor, cast.office):
            with pytest.raises(NotFound):
                batches.receive(target.kind, path, "a.csv", "", 10, actor)


def emptied(kind: str) -> None:
    """Delete what a kind's export holds."""
    models = {
        "register": (m.RegisterPatentee, m.RegisterPatent), "class": (m.ProductClass,), "industry": (m.Industry,),
        "intensive": (m.IntensiveIndustry,), "calendar": (m.CalendarDay,),
    }  # fmt: skip
    for model in models[kind]:
        session.execute(delete(model))
    session.commit()


@pytest.mark.parametrize("english", [False, True])
@pytest.mark.parametrize("kind", ["register", "class", "industry", "calendar"])
def test_export_import_export_is_byte_for_byte_the_same(
    cast: Cast, tmp_path: Path, kind: str, english: bool
) -> None:
    make.make_register_patent(["长沙甲示例电池有限公司", "别家有限公司"], lapse_reason=None)
    for day, rest, holiday in CALENDAR:
        session.add(
            m.CalendarDay(
                day=date.fromisoformat(day), kind="rest" if rest == "休" else "work", holiday=holiday
            )
        )
    session.commit()
    first = imports.exported(cast.admin, kind, english=english)
    emptied(kind)
    path = tmp_path / "again.csv"
    path.write_bytes(first)

    done = imports.imported(cast.admin, kind, path)

    assert set(done.counts) == {"new"}
    assert imports.exported(cast.admin, kind, english=english) == first


def test_the_present_industries_in_use_are_read_back_as_they_are(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "again.csv"
    path.write_bytes(imports.exported(cast.admin, "intensive"))
    assert set(imports.batch(imports.uploaded(cast.admin, "intensive", path)).counts) == {"same"}


def test_the_present_accounts_are_read_back_as_they_are(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "again.csv"
    first = imports.exported(cast.admin, "users")
    rows = [["wang.li", "王力", "wang@example.com", "13900000001", "审核员；认定专员", "", ""]]
    imports.imported(cast.admin, "users", imports.written(tmp_path, USERS, rows))
    second = imports.exported(cast.admin, "users")
    assert second.startswith(first[:40])
    made = session.scalars(select(User).where(User.username == "wang.li")).one()
    session.delete(session.get_one(m.Account, made.id))
    session.delete(made)
    session.commit()
    path.write_bytes(second)

    batch_id = imports.uploaded(cast.admin, "users", path)
    counts = imports.batch(batch_id).counts
    assert counts["new"] == 1
    imports.confirmed(cast.admin, batch_id, "valid")
    assert imports.exported(cast.admin, "users") == second
