"""The unit's patent base (mission C)."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

from sqlalchemy import select

from app import models as m
from tests.support import factories as make
from tests.web.unit.conftest import Browser, Cast, plain

HERE = "/my/patents/"


def own(cast: Cast, session: Any) -> list[m.Patent]:
    session.expire_all()
    return list(session.scalars(select(m.Patent).where(m.Patent.unit_id == cast.unit.id)))


def test_importing_takes_the_units_own_patents_and_says_how_many(
    cast: Cast, anna: Browser, session: Any
) -> None:
    for _ in range(2):
        make.make_register_patent([cast.unit.name])
    make.make_register_patent([cast.other_unit.name])
    session.commit()

    said = plain(anna.post(f"{HERE}import", follow_redirects=True).text)

    assert "新增 2 件，更新 0 件，无变化 0 件" in said
    assert len(own(cast, session)) == 2
    assert "新增 0 件，更新 0 件，无变化 2 件" in plain(
        anna.post(f"{HERE}import", follow_redirects=True).text
    )


def test_a_unit_that_is_not_verified_is_told_why_it_cannot_import(nina: Browser) -> None:
    assert "实名认证通过后，才能按单位名称导入专利" in plain(
        nina.post(f"{HERE}import", follow_redirects=True).text
    )


def test_a_patent_is_found_by_its_number_in_any_written_form(cast: Cast, anna: Browser, session: Any) -> None:
    wanted = make.make_patent(cast.unit, title="一种被找的装置")
    make.make_patent(cast.unit, title="一种别的装置")
    session.commit()
    written = f"ZL {wanted.application_no[:4]} {wanted.application_no[4]} {wanted.application_no[5:-1]}.{wanted.application_no[-1]}"

    said = anna.text(f"{HERE}?q={written}")

    assert "一种被找的装置" in said
    assert "一种别的装置" not in said


def test_T_Q01_signs_of_the_search_language_are_taken_literally(
    cast: Cast, anna: Browser, session: Any
) -> None:
    make.make_patent(cast.unit, title="一种含 5%_ 水的装置")
    make.make_patent(cast.unit, title="一种干的装置")
    session.commit()

    assert "一种干的装置" not in anna.text(f"{HERE}?q=%25_")


def test_filters_limit_the_list_and_unknown_ones_are_refused(cast: Cast, anna: Browser, session: Any) -> None:
    make.make_patent(cast.unit, title="一种失效的装置", legal_state="lapsed")
    make.make_patent(cast.unit, title="一种有效的装置")
    session.commit()

    assert "一种有效的装置" not in anna.text(f"{HERE}?f_legal_state=lapsed")
    assert anna.get(f"{HERE}?f_unit_id=1").status_code == 400
    assert anna.get(f"{HERE}?order=unit_id").status_code == 400


def test_T_X01_the_export_holds_own_rows_only_and_no_formulas(
    cast: Cast, anna: Browser, session: Any
) -> None:
    make.make_patent(cast.unit, title="=cmd|' /C calc'!A0")
    make.make_patent(cast.other_unit, title="别人的专利")
    session.commit()

    answer = anna.get(f"{HERE}export/csv")

    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[0][:3] == ["专利号", "专利名称", "专利类型"]
    assert [row[1] for row in rows[1:]] == ["'=cmd|' /C calc'!A0"]
    assert anna.get(f"{HERE}export/xlsx").data[:2] == b"PK"


def test_T_T10_a_wrong_check_character_is_told_while_one_types(anna: Browser) -> None:
    answer = anna.get("/my/lookup/patent-number?number=201510222662.7").get_json()

    assert answer["ok"] is False
    assert "校验位应为 8" in answer["message"]


def test_a_number_the_register_knows_fills_in_the_rest(cast: Cast, anna: Browser, session: Any) -> None:
    known = make.make_register_patent(["别的公司"], title="一种登记的装置")
    session.commit()

    answer = anna.get(f"/my/lookup/patent-number?number=zl{known.application_no}").get_json()

    assert answer["known"]["title"] == "一种登记的装置"


def test_an_assigned_patent_needs_proof_and_what_was_typed_stays(
    cast: Cast, anna: Browser, session: Any
) -> None:
    known = make.make_register_patent(["别的公司"])
    session.commit()
    typed = {"application_no": known.application_no, "obtained": "assigned", "records": "质押已解除"}

    answer = anna.post(f"{HERE}add", typed)

    assert answer.status_code == 422
    assert "请上传更名、受让或许可的证明" in plain(answer.text)
    assert "质押已解除" in answer.text
    assert own(cast, session) == []


def test_a_patent_with_proof_is_added_with_the_registers_facts(
    cast: Cast, anna: Browser, session: Any
) -> None:
    known = make.make_register_patent(["别的公司"], title="一种受让的装置")
    proof = make.make_file(cast.unit, "patent_proof").id
    session.commit()

    anna.post(f"{HERE}add", {"application_no": known.application_no, "obtained": "assigned", "proof_file_id": proof,
                             "title": "自己编的名称"})  # fmt: skip

    assert [p.title for p in own(cast, session)] == ["一种受让的装置"]


def test_patents_under_a_former_name_are_listed_for_adding(cast: Cast, anna: Browser, session: Any) -> None:
    make.session.add(m.FormerName(unit_id=cast.unit.id, name="长沙旧示例厂", name_key="长沙旧示例厂"))
    make.make_register_patent(["长沙旧示例厂"], title="一种旧名下的装置")
    session.commit()

    assert "一种旧名下的装置" in anna.text(f"{HERE}found")


def test_a_patent_is_edited_and_an_old_form_refused(cast: Cast, anna: Browser, session: Any) -> None:
    patent = make.make_patent(cast.unit, filing_date=date(2018, 3, 1))
    session.commit()
    form = {"version": patent.version, "title": patent.title, "patentees": patent.patentees, "legal_state": "valid",
            "filing_date": "2018-03-01", "obtained": "own", "records": "已质押给示例银行"}  # fmt: skip
    key = patent.id

    assert anna.post(f"{HERE}{key}", form).status_code == 302
    assert session.get(m.Patent, key, populate_existing=True).records == "已质押给示例银行"
    stale = anna.post(f"{HERE}{key}", form | {"records": "别的"})
    assert stale.status_code == 409
    assert "现在的内容是“已质押给示例银行”" in plain(stale.text)


def test_a_linked_patent_cannot_be_deleted_once_the_product_was_handed_in(
    cast: Cast, anna: Browser, session: Any
) -> None:
    product = make.make_product(cast.unit, state="pending")
    patent = product.years[0].links[0].patent
    session.commit()
    key = patent.id

    said = plain(anna.post(f"{HERE}{key}/remove", {"version": patent.version}, follow_redirects=True).text)

    assert "已关联到提交过的产品，不能删除" in said
    assert session.get(m.Patent, key, populate_existing=True) is not None


def test_T_I01_another_units_patent_does_not_exist(cast: Cast, bo: Browser, session: Any) -> None:
    patent = make.make_patent(cast.unit)
    session.commit()
    key = patent.id

    answers = [
        bo.get(f"{HERE}{key}"),
        bo.post(f"{HERE}{key}", {"version": "1"}),
        bo.post(f"{HERE}{key}/remove", {"version": "1"}),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert bo.get(f"{HERE}offered").get_json() == []
