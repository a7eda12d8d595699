"""A filing by programs alone: drafted, linked, submitted, returned, corrected, approved; then updated and revoked."""

from __future__ import annotations

import io

from PIL import Image

from app import models as m
from app.db import session
from tests.api.conftest import Cast, whole_filing
from tests.support import factories as make


def drafted(cast: Cast) -> tuple[str, int]:
    """A draft that is whole: its address and version."""
    patent = make.make_patent(cast.unit)
    code = make.class_code("锂电池")
    session.commit()
    draft = cast.anna.do("POST", "products/")
    address = f"products/{draft['id']}"
    saved = cast.anna.do("PUT", address, {"version": draft["version"], **whole_filing(code)})
    link = {"patent_id": patent.id, "core": True}
    linked = cast.anna.do("PUT", f"{address}/patents", {"version": saved["version"], "links": [link]})
    split = cast.anna.do("POST", f"{address}/patents/split", {"version": linked["version"]})
    return address, split["version"]


def test_a_filing_goes_from_draft_to_filed_without_a_page(cast: Cast) -> None:
    address, version = drafted(cast)
    whole = cast.anna.do("GET", f"{address}/whole")
    assert whole["version"] == version
    assert whole["links"][0]["contribution"] == "100.00"
    assert cast.anna.do("GET", f"{address}/findings") == []

    first = cast.anna.do("POST", f"{address}/submit", {"version": version, "commitment": True})
    row = cast.rita.call("GET", "cases/queue/todo").get_json()["result"][0]
    assert row["receipt_no"] == first["receipt_no"]
    case = f"cases/{row['id']}"
    cast.rita.do("POST", f"{case}/claim")
    seen = cast.rita.do("GET", case)["subject_version"]
    remark = {"introduction": "请写明用途"}
    cast.rita.do("POST", f"{case}/return", {"version": seen, "reason": "简介不完整", "remarks": remark})

    assert cast.anna.do("GET", case)["remarks"] == [{"field": "introduction", "text": "请写明用途"}]
    version = cast.anna.do("GET", address)["version"]
    again = cast.anna.do("POST", f"{address}/submit", {"version": version, "commitment": True})
    assert again["round"] == 2
    cast.rita.do("POST", f"cases/{again['id']}/approve", {"version": again["subject_version"]})
    assert cast.anna.do("GET", address)["state"] == "filed"


def test_a_submission_without_the_promise_of_truth_is_refused_beside_its_field(cast: Cast) -> None:
    address, version = drafted(cast)
    answer = cast.anna.call("POST", f"{address}/submit", {"version": version, "commitment": False})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.get_json()["problems"]] == ["commitment"]


def test_T_M07_every_verb_refuses_an_older_version(cast: Cast) -> None:
    address, version = drafted(cast)
    old = {"version": version - 1}
    for method, path, sent in (
        ("PUT", address, {**old, "name": "别名"}), ("PUT", f"{address}/patents", {**old, "links": []}),
        ("POST", f"{address}/patents/split", old), ("POST", f"{address}/submit", {**old, "commitment": True}),
    ):  # fmt: skip
        assert cast.anna.call(method, path, sent).status_code == 409, path
    assert cast.anna.call("DELETE", f"{address}?version={version - 1}").status_code == 409
    assert cast.anna.call("DELETE", address).status_code == 400
    assert cast.anna.call("DELETE", f"{address}?version={version}").status_code == 200


def test_T_I04_no_verb_of_another_unit_finds_the_record(cast: Cast) -> None:
    address, version = drafted(cast)
    sent = {"version": version}
    for method, path, body in (
        ("PUT", address, sent), ("GET", f"{address}/whole", None), ("POST", f"{address}/patents/split", sent),
        ("POST", f"{address}/submit", {**sent, "commitment": True}), ("POST", f"{address}/withdraw", None),
        ("POST", f"{address}/copy", None), ("POST", f"{address}/update", None),
        ("POST", f"{address}/revocation", {**sent, "reason": "off_market"}), ("DELETE", f"{address}?version=1", None),
        ("POST", f"{address}/evidence", {**sent, "file_id": 1, "kind": "sales"}),
    ):  # fmt: skip
        assert cast.bo.call(method, path, body).status_code == 404, path


def test_T_I04_a_patent_of_another_unit_cannot_be_linked(cast: Cast) -> None:
    address, version = drafted(cast)
    session.rollback()
    foreign = make.make_patent(make.make_unit())
    session.commit()
    sent = {"version": version, "links": [{"patent_id": foreign.id, "core": True}]}
    assert cast.anna.call("PUT", f"{address}/patents", sent).status_code == 404


def test_evidence_is_uploaded_then_named(cast: Cast) -> None:
    address, version = drafted(cast)
    picture = io.BytesIO()
    make_picture().save(picture, "PNG")
    picture.seek(0)
    file = cast.anna.do("POST", "files/", data={"purpose": "evidence", "file": (picture, "合同.png")})
    sent = {"version": version, "file_id": file["id"], "kind": "sales"}
    added = cast.anna.do("POST", f"{address}/evidence", sent)
    evidence = cast.anna.do("GET", f"{address}/whole")["evidence"]
    assert [(each["kind"], each["file"]["name"]) for each in evidence] == [("sales", "合同.png")]
    assert cast.anna.call("GET", f"files/{file['token']}").data.startswith(b"\x89PNG")
    assert cast.bo.call("GET", f"files/{file['token']}").status_code == 404
    path = f"{address}/evidence/{evidence[0]['id']}?version={added['version']}"
    cast.anna.do("DELETE", path)
    assert cast.anna.do("GET", f"{address}/whole")["evidence"] == []


def make_picture() -> Image.Image:
    return Image.new("RGB", (40, 30), "white")


def test_an_update_is_begun_filled_in_and_submitted(cast: Cast) -> None:
    product = make.make_product(cast.unit, state="filed", year=cast.data_year - 1)
    session.commit()
    year = cast.anna.do("POST", f"products/{product.id}/update")
    address = f"product-years/{year['id']}"
    saved = cast.anna.do("PUT", address, {"version": year["version"], "sales": "1300"})
    case = cast.anna.do("POST", f"{address}/submit", {"version": saved["version"], "commitment": True})
    assert case["kind"] == "update"
    cast.anna.do("POST", f"{address}/withdraw")
    assert cast.anna.do("GET", address)["state"] == "draft"


def test_a_revocation_is_asked_for_and_taken_back(cast: Cast) -> None:
    product = make.make_product(cast.unit, state="filed", year=cast.data_year)
    session.commit()
    address = f"products/{product.id}"
    sent = {"version": product.version, "reason": "off_market", "note": "已停产"}
    assert cast.anna.do("POST", f"{address}/revocation", sent)["kind"] == "revocation"
    cast.anna.do("POST", f"{address}/revocation/withdraw")
    session.rollback()
    assert session.get_one(m.Product, product.id).state == "filed"
