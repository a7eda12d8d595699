"""Anybody raises an objection or a tip on a page without account or captcha, and follows it by number and phrase."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.registers import parameters
from tests.support import factories as make
from tests.support.notices import FACTS
from tests.support.world import World, signed_in

TOKEN = "A1b2C3d4E5f6G7h8I9j0K1l2"


@pytest.fixture(autouse=True)
def _open(app: Flask, no_csrf: None) -> Iterator[None]:
    app.appbuilder.sm.limiter.reset()  # type: ignore[attr-defined]
    yield
    app.appbuilder.sm.limiter.reset()  # type: ignore[attr-defined]


@pytest.fixture
def product(app: Flask) -> m.Product:
    made = make.make_product(make.make_unit(), state="filed")
    session.commit()
    return made


def send(client: FlaskClient, product: m.Product, status: int = 200, **typed: Any) -> str:
    data = {"filing_no": product.filing_no, "text": FACTS, "token": TOKEN} | typed
    answer = client.post("/objections/new", data=data, content_type="multipart/form-data")
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def receipt(html: str) -> tuple[str, str]:
    found = [re.search(rf'id="{name}">([^<]+)<', html) for name in ("receipt-no", "pass-phrase")]
    assert all(found)
    return found[0][1], found[1][1]  # type: ignore[index]


def picture() -> io.BytesIO:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(data, "PNG")
    data.seek(0)
    return data


def count() -> int:
    session.rollback()
    return int(session.execute(select(func.count(m.Objection.id))).scalar_one())


def test_the_receipt_shows_number_and_phrase_which_open_the_progress(
    client: FlaskClient, product: m.Product
) -> None:
    answer = client.post(
        "/objections/new", data={"filing_no": product.filing_no, "text": FACTS, "token": TOKEN}
    )
    number, phrase = receipt(answer.get_data(as_text=True))
    assert answer.headers["Cache-Control"] == "no-store"

    shown = client.post(f"/objections/{number}", data={"receipt_no": number, "phrase": phrase}).get_data(
        as_text=True
    )
    assert "已受理" in shown and product.name in shown and FACTS not in shown


def test_a_wrong_phrase_and_an_unknown_number_get_the_same_answer(
    client: FlaskClient, product: m.Product
) -> None:
    number, phrase = receipt(send(client, product))
    answers = []
    for asked, typed in ((number, "AAAA-BBBB-CCCC-DDDD"), ("YY2025010199999", phrase), ("", "")):
        answer = client.post("/objections/", data={"receipt_no": asked, "phrase": typed})
        answers.append(
            (
                answer.status_code,
                answer.get_data(as_text=True).replace(f'value="{asked}"', "").replace(f'value="{typed}"', ""),
            )
        )
    assert len(set(answers)) == 1 and answers[0][0] == 422 and "受理号或查询密码不正确" in answers[0][1]


def test_asking_for_a_number_tells_nothing_before_the_phrase(client: FlaskClient, product: m.Product) -> None:
    number, _phrase = receipt(send(client, product))
    known, unknown = (
        client.get(f"/objections/{each}").get_data(as_text=True) for each in (number, "YY2025010199999")
    )
    assert known.replace(number, "YY2025010199999") == unknown


def test_evidence_is_kept_for_staff_and_for_nobody_else(world: World, client: FlaskClient) -> None:
    product = session.get_one(m.Product, world.records["a"]["product"])
    send(client, product, file=(picture(), "照片.png"))
    session.rollback()  # to see what was committed meanwhile
    file = session.get_one(
        m.StoredFile,
        session.scalars(select(m.Objection.file_id).where(m.Objection.file_id.is_not(None))).one(),
    )
    assert (file.unit_id, file.purpose, file.original_name) == (None, "objection", "照片.png")
    token = file.token
    statuses = {name: world.browser(name).get(f"/files/{token}").status_code for name in world.users}
    assert statuses == {
        "anonymous": 302, "unit_a": 404, "unit_b": 404, "office": 404, "reviewer": 200, "officer": 200, "auditor": 200, "admin": 200,
    }  # fmt: skip


def test_T_V06_T_U01_a_file_of_another_kind_is_refused_and_nothing_typed_is_lost(
    client: FlaskClient, product: m.Product
) -> None:
    html = send(client, product, 422, file=(io.BytesIO(b"MZ" + b"\0" * 200), "证据.pdf"), name="王五")
    assert FACTS in html and 'value="王五"' in html and 'id="file-error"' in html
    assert count() == 0


def test_T_V06_too_large_a_file_is_refused_with_the_limit(client: FlaskClient, product: m.Product) -> None:
    session.get_one(m.Parameter, "upload_max_mib").value = "1"
    session.commit()
    parameters.forget()
    html = send(client, product, 422, file=(io.BytesIO(b"%PDF-1.7" + b"x" * (1 << 20)), "大.pdf"))
    parameters.forget()
    assert "1 MB 的上限" in html and count() == 0


def test_T_V06_the_same_form_again_shows_the_same_receipt(client: FlaskClient, product: m.Product) -> None:
    assert receipt(send(client, product)) == receipt(send(client, product))
    assert count() == 1


def test_T_V06_the_same_text_again_is_said_to_be_received_already(
    client: FlaskClient, product: m.Product
) -> None:
    number, _phrase = receipt(send(client, product))
    assert number in send(client, product, 409, token=TOKEN + "x")
    assert count() == 1


def test_T_V06_an_address_that_has_sent_its_share_is_told_when_it_may_again(
    client: FlaskClient, product: m.Product
) -> None:
    for place, word in enumerate("一二三四五"):
        send(client, product, text=f"{FACTS} 另一件事实{word}", token=f"{place:032d}")
    answer = client.post(
        "/objections/new", data={"filing_no": product.filing_no, "text": FACTS, "token": TOKEN}
    )
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) > 0
    assert FACTS in answer.get_data(as_text=True)


def test_T_P10_T_V06_markup_is_shown_as_it_was_typed(client: FlaskClient, product: m.Product) -> None:
    html = send(client, product, 422, text="<script>", name='"><svg onload=x>')
    assert "<script>alert" not in html and "<svg" not in html and "&lt;script&gt;" in html
    assert "至少 10 个字" in html


def test_T_Q03_control_characters_are_refused_beside_their_field(
    client: FlaskClient, product: m.Product
) -> None:
    assert 'id="contact-error"' in send(client, product, 422, contact="1\x00")
    assert "没有找到这个备案编号" in send(client, product, 422, filing_no="ZLCP0000")


def test_a_form_without_its_token_is_taken_under_a_new_one(client: FlaskClient, product: m.Product) -> None:
    receipt(send(client, product, token="nonsense"))
    assert count() == 1


def test_T_C02_the_form_is_not_taken_without_a_token_of_this_site(
    app: Flask, product: m.Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    answer = app.test_client().post(
        "/objections/new", data={"filing_no": product.filing_no, "text": FACTS, "token": TOKEN}
    )
    assert answer.status_code in (302, 303, 400) and count() == 0


def test_people_who_are_signed_in_may_object_too(app: Flask, product: m.Product) -> None:
    unit = make.make_user("Unit", make.make_unit())
    session.commit()
    receipt(send(signed_in(app, unit), product))
    session.rollback()
    assert session.scalars(select(m.Objection.kind)).one() == "tip"


# ---------------------------------------------------------------- staff


def test_staff_take_it_up_and_decide_it_with_reasons(world: World) -> None:
    key, officer = world.records["a"]["objection"], world.browser("officer")
    page = officer.get(f"/recognition/objections/{key}").get_data(as_text=True)
    assert FACTS in page and "王五" in page
    assert officer.post(f"/recognition/objections/{key}/handle", data={"version": "1"}).status_code == 302
    refused = officer.post(f"/recognition/objections/{key}/reject", data={"version": "2", "decision": "　"})
    assert refused.status_code == 422 and "请填写处理意见" in refused.get_data(as_text=True)
    assert (
        officer.post(
            f"/recognition/objections/{key}/reject", data={"version": "2", "decision": "经核查不属实"}
        ).status_code
        == 302
    )
    late = world.browser("admin").post(
        f"/recognition/objections/{key}/uphold", data={"version": "2", "decision": "属实"}
    )
    assert late.status_code == 409
    session.rollback()
    assert session.get_one(m.Objection, key).state == "rejected"


def test_the_queue_shows_what_waits_and_the_auditor_only_reads(world: World) -> None:
    html = world.browser("auditor").get("/recognition/objections/").get_data(as_text=True)
    assert "YY2025091" in html and "已逾期" in html
    key = world.records["a"]["objection"]
    assert world.browser("auditor").post(f"/recognition/objections/{key}/handle").status_code == 403
    assert "开始处理" not in world.browser("auditor").get(f"/recognition/objections/{key}").get_data(
        as_text=True
    )


def test_T_Q02_odd_tabs_and_verbs_are_not_found(world: World) -> None:
    officer = world.browser("officer")
    assert officer.get("/recognition/objections/?tab=x").status_code == 404
    assert (
        officer.post(f"/recognition/objections/{world.records['a']['objection']}/delete").status_code == 404
    )
