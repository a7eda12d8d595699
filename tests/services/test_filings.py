"""Filing a product: drafts, links and evidence, and whose they are (mission D, abuse.md F)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import Conflict, NotFound, RuleError
from app.services import filings
from app.services.records import Stale
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import do


def test_a_draft_begins_empty_with_the_data_year_before_this_one(cast: Cast) -> None:
    draft = do(filings.start_draft, cast.anna)

    assert (draft.state, draft.filing_year, draft.filing_no, draft.unit_id) == (
        "draft",
        2024,
        None,
        cast.unit.id,
    )
    assert [year.year for year in draft.years] == [2024]


def test_a_draft_is_saved_however_incomplete_and_taken_up_again(cast: Cast) -> None:
    draft = do(filings.start_draft, cast.anna)

    saved = do(filings.save_step, cast.anna, draft.id, 1, {"name": " 锂 离子电池　"}, draft.version)
    again = do(filings.save_step, cast.ali, draft.id, 3, {"sales": "1,000.50"}, saved.product.version)

    assert (again.product.name, again.product.draft_step, again.problems) == ("锂 离子电池", 3, [])
    assert again.product.name_key == "锂离子电池"
    assert again.product.years[0].sales == Decimal("1000.50")


def test_T_Q02_drafts_and_linked_patents_have_a_limit(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = do(filings.start_draft, cast.anna)
    monkeypatch.setattr(filings, "DRAFT_LIMIT", 1)
    with pytest.raises(Conflict, match="草稿已达 1 件的上限"):
        do(filings.start_draft, cast.anna)
    do(filings.start_draft, cast.bo)

    with pytest.raises(RuleError, match="最多关联 1000 件专利"):
        do(filings.save_step, cast.anna, draft.id, 2, {"links": [{"patent_id": "1"}] * 1001}, draft.version)


def test_what_cannot_be_read_is_named_and_the_rest_is_saved(cast: Cast) -> None:
    draft = do(filings.start_draft, cast.anna)
    data = {
        "name": "示例",
        "sales": "1e3",
        "nature": "ghost",
        "takes_part": "是",
        "launch_date": "2025-02-30",
    }

    saved = do(filings.save_step, cast.anna, draft.id, 1, data, draft.version)

    assert {problem.field for problem in saved.problems} == {"sales", "nature", "launch_date"}
    assert (saved.product.name, saved.product.takes_part) == ("示例", True)


@pytest.mark.parametrize("field", ["state", "filing_no", "unit_id", "filing_year", "created_at", "province"])
def test_t_m02_columns_that_are_no_fields_are_passed_over(cast: Cast, field: str) -> None:
    draft = do(filings.start_draft, cast.anna)
    before = getattr(draft, field)

    saved = do(filings.save_step, cast.anna, draft.id, 1, {field: "9", "name": "示例"}, draft.version)

    assert getattr(saved.product, field) == before
    assert saved.product.name == "示例"


def test_t_m07_an_old_form_overwrites_nothing_and_shows_both_values(cast: Cast) -> None:
    draft = do(filings.start_draft, cast.anna)
    seen = draft.version
    do(filings.save_step, cast.anna, draft.id, 1, {"name": "甲", "sales": "10"}, seen)

    with pytest.raises(Stale) as error:
        do(filings.save_step, cast.ali, draft.id, 1, {"name": "乙", "sales": "20"}, seen)

    texts = {problem.field: str(problem.message) for problem in error.value.problems}
    assert "甲" in texts["name"]
    assert "乙" in texts["name"]
    assert "10.00" in texts["sales"]


def test_saving_only_figures_or_links_also_makes_older_forms_stale(cast: Cast) -> None:
    draft = do(filings.start_draft, cast.anna)
    seen = draft.version
    do(filings.save_step, cast.anna, draft.id, 1, {"sales": "10"}, seen)

    with pytest.raises(Stale):
        do(filings.save_step, cast.anna, draft.id, 1, {"sales": "11"}, seen)


def test_a_form_without_a_version_is_stale(cast: Cast) -> None:
    draft = do(filings.start_draft, cast.anna)

    with pytest.raises(Stale):
        do(filings.save_step, cast.anna, draft.id, 1, {"name": "甲"}, None)


def test_t_i01_another_units_filing_does_not_exist_for_any_verb(cast: Cast) -> None:
    product = make.make_product(cast.unit)
    for verb, args in (
        (filings.save_step, (1, {}, product.version)),
        (filings.link_patents, ([], product.version)),
        (filings.split_evenly, (product.version,)),
        (filings.check, ()),
        (filings.submit, (product.version, True)),
        (filings.withdraw, ()),
        (filings.copy, ()),
        (filings.delete_draft, (product.version,)),
        (filings.first_incomplete_step, ()),
    ):
        with pytest.raises(NotFound):
            do(verb, cast.bo, product.id, *args)


def test_another_units_patent_cannot_be_linked(cast: Cast, session: Any) -> None:
    draft = do(filings.start_draft, cast.anna)
    foreign = make.make_patent(cast.other_unit)
    session.commit()

    with pytest.raises(NotFound):
        do(
            filings.link_patents,
            cast.anna,
            draft.id,
            [{"patent_id": foreign.id, "core": True}],
            draft.version,
        )


def test_another_units_file_cannot_be_used(cast: Cast, session: Any) -> None:
    draft = do(filings.start_draft, cast.anna)
    foreign = make.make_file(cast.other_unit)
    picture = make.make_file(cast.other_unit, "picture")
    session.commit()

    with pytest.raises(RuleError):
        do(filings.add_evidence, cast.anna, draft.id, foreign.id, "sales", draft.version)
    saved = do(filings.save_step, cast.anna, draft.id, 1, {"picture_file_id": picture.id}, draft.version)
    assert [problem.field for problem in saved.problems] == ["picture_file_id"]
    assert saved.product.picture_file_id is None


def test_linked_patents_are_replaced_as_a_whole(cast: Cast, session: Any) -> None:
    first, second, third = (make.make_patent(cast.unit) for _ in range(3))
    session.commit()
    draft = do(filings.start_draft, cast.anna)
    rows = [
        {"patent_id": first.id, "core": True, "contribution": "60"},
        {"patent_id": second.id, "core": True, "contribution": "40.00%"},
    ]
    saved = do(filings.link_patents, cast.anna, draft.id, rows, draft.version)
    rows = [
        {"patent_id": second.id, "core": "on", "contribution": "100"},
        {"patent_id": third.id, "core": False, "contribution": "5"},
    ]
    saved = do(filings.link_patents, cast.anna, draft.id, rows, saved.product.version)

    links = {link.patent_id: (link.core, link.contribution) for link in saved.product.years[0].links}
    assert links == {second.id: (True, Decimal("100.00")), third.id: (False, None)}


def test_t_t07_core_patents_share_evenly_by_largest_remainder(cast: Cast, session: Any) -> None:
    patents = [make.make_patent(cast.unit) for _ in range(3)]
    session.commit()
    draft = do(filings.start_draft, cast.anna)
    rows = [{"patent_id": patent.id, "core": True} for patent in patents]
    saved = do(filings.link_patents, cast.anna, draft.id, rows, draft.version)

    product = do(filings.split_evenly, cast.anna, draft.id, saved.product.version)

    shares = [link.contribution for link in product.years[0].links]
    assert shares == [Decimal("33.34"), Decimal("33.33"), Decimal("33.33")]


def test_t_t07_a_share_that_is_none_is_named_beside_its_row(cast: Cast, session: Any) -> None:
    patent = make.make_patent(cast.unit)
    session.commit()
    draft = do(filings.start_draft, cast.anna)
    rows = [{"patent_id": patent.id, "core": True, "contribution": "33.333"}]

    saved = do(filings.link_patents, cast.anna, draft.id, rows, draft.version)

    assert [problem.field for problem in saved.problems] == ["patents.0.contribution"]


@pytest.mark.parametrize(
    "row", [{}, {"patent_id": "x"}, {"patent_id": None, "core": True}, {"patent_id": "1" * 30}]
)
def test_rows_without_a_patent_link_nothing(cast: Cast, row: dict[str, Any]) -> None:
    draft = do(filings.start_draft, cast.anna)

    assert do(filings.link_patents, cast.anna, draft.id, [row], draft.version).product.years[0].links == []


def test_t_q03_a_text_with_nul_is_a_problem_of_its_field(cast: Cast) -> None:
    draft = do(filings.start_draft, cast.anna)

    saved = do(filings.save_step, cast.anna, draft.id, 1, {"name": "甲\x00", "model": "乙"}, draft.version)

    assert [problem.field for problem in saved.problems] == ["name"]
    assert saved.product.model == "乙"


def test_evidence_is_added_once_and_taken_away(cast: Cast, session: Any) -> None:
    file = make.make_file(cast.unit)
    session.commit()
    draft = do(filings.start_draft, cast.anna)
    evidence = do(filings.add_evidence, cast.anna, draft.id, file.id, "sales", draft.version)
    again = do(filings.add_evidence, cast.anna, draft.id, file.id, "export", draft.version)

    assert (again.id, again.kind) == (evidence.id, "export")
    product = do(filings.remove_evidence, cast.anna, draft.id, evidence.id, draft.version)
    assert product.years[0].evidence == []


def test_a_held_file_cannot_be_used(cast: Cast, session: Any) -> None:
    file = make.make_file(cast.unit, state="held")
    session.commit()
    draft = do(filings.start_draft, cast.anna)

    with pytest.raises(RuleError):
        do(filings.add_evidence, cast.anna, draft.id, file.id, "sales", draft.version)


def test_t_w15_the_first_incomplete_step_is_found(cast: Cast, session: Any) -> None:
    product = make.make_product(cast.unit, patents=[])
    session.commit()
    assert do(filings.first_incomplete_step, cast.anna, product.id) == 2
    patent = make.make_patent(cast.unit)
    session.commit()
    rows = [{"patent_id": patent.id, "core": True, "contribution": "99.99"}]
    saved = do(filings.link_patents, cast.anna, product.id, rows, product.version)
    assert do(filings.first_incomplete_step, cast.anna, product.id) == 2
    rows[0]["contribution"] = "100"
    saved = do(filings.link_patents, cast.anna, product.id, rows, saved.product.version)
    assert do(filings.first_incomplete_step, cast.anna, product.id) == 4
    do(filings.save_step, cast.anna, product.id, 1, {"introduction": "　"}, saved.product.version)
    assert do(filings.first_incomplete_step, cast.anna, product.id) == 1
