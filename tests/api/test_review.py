"""Reviewing by programs: the queue, taking in hand, handing on, deciding one and many (abuse.md F)."""

from __future__ import annotations

from typing import Any

from app.db import session
from app.services import filings
from tests.api.conftest import Cast
from tests.support import factories as make


def submitted(cast: Cast, *names: str) -> list[dict[str, Any]]:
    """Submissions of products with these names, as they are answered."""
    products = [
        make.make_product(cast.unit, name, year=cast.data_year, model=f"型号{number}")
        for number, name in enumerate(names)
    ]
    session.commit()
    sent = [{"version": product.version, "commitment": True} for product in products]
    return [
        cast.anna.do("POST", f"products/{product.id}/submit", each)
        for product, each in zip(products, sent, strict=True)
    ]


def test_a_case_is_taken_given_back_and_handed_on(cast: Cast) -> None:
    (case,) = submitted(cast, "电动自行车用锂离子电池")
    address = f"cases/{case['id']}"
    assert cast.rita.do("GET", "cases/next")["id"] == case["id"]
    cast.rita.do("POST", f"{address}/claim")
    assert cast.rita.call("GET", "cases/queue/mine").get_json()["count"] == 1
    cast.rita.do("POST", f"{address}/release")
    assert cast.rita.call("GET", "cases/queue/mine").get_json()["count"] == 0
    refused = cast.rita.call("POST", f"{address}/reassign", {"reviewer_id": 1, "reason": "　"})
    assert refused.get_json()["problems"][0]["field"] == "reason"


def test_T_W04_a_unit_decides_nothing(cast: Cast) -> None:
    (case,) = submitted(cast, "电动自行车用锂离子电池")
    for verb, sent in (("claim", None), ("approve", {"version": case["subject_version"]})):
        assert cast.anna.call("POST", f"cases/{case['id']}/{verb}", sent).status_code == 403
    assert cast.anna.call("GET", "cases/queue/todo").status_code == 403


def test_T_W03_a_decision_binds_to_the_version_that_was_seen(cast: Cast) -> None:
    (case,) = submitted(cast, "电动自行车用锂离子电池")
    seen = {"version": case["subject_version"] - 1}
    assert cast.rita.call("POST", f"cases/{case['id']}/approve", seen).status_code == 409


def test_T_W14_a_batch_says_what_became_of_each(cast: Cast) -> None:
    one, two = submitted(cast, "电动自行车用锂离子电池", "电动叉车用锂离子电池")
    seen = [{"id": one["id"], "version": one["subject_version"]}, {"id": two["id"], "version": 1}]
    ask = {"cases": seen, "acknowledged": True}
    none = cast.rita.do("POST", "cases/batch", {**ask, "policy": "all"})
    assert [row["approved"] for row in none] == [False, False]
    some = cast.rita.do("POST", "cases/batch", {**ask, "policy": "valid"})
    assert [(row["id"], row["approved"]) for row in some] == [(one["id"], True), (two["id"], False)]
    assert some[1]["message"]


def test_a_remark_on_a_field_that_is_none_is_refused(cast: Cast) -> None:
    (case,) = submitted(cast, "电动自行车用锂离子电池")
    sent = {"version": case["subject_version"], "reason": "不规范", "remarks": {"state": "x", "name": "y"}}
    answer = cast.rita.call("POST", f"cases/{case['id']}/return", sent)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.get_json()["problems"]] == ["state"]
    known = filings.fields_of
    assert "name" in known(None)  # type: ignore[arg-type]
