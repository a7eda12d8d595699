"""Uploads and downloads of units' files (abuse.md C and G)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from app import models as m
from app.documents import storage
from tests.documents import samples
from tests.support import factories as make
from tests.web.unit.conftest import Browser, Cast


def stored(session: Any) -> m.StoredFile:
    session.expire_all()
    found: m.StoredFile = session.scalars(select(m.StoredFile).order_by(m.StoredFile.id.desc())).first()
    return found


def test_an_upload_answers_with_the_files_id_and_address(cast: Cast, anna: Browser, session: Any) -> None:
    answer = anna.upload(samples.pdf(), "销售证明.pdf")

    file = stored(session)
    assert answer.get_json() == {
        "id": file.id, "token": file.token, "name": "销售证明.pdf", "size": file.size, "type": "application/pdf",
        "state": "clean", "notice": "",
    }  # fmt: skip
    assert (file.unit_id, file.purpose) == (cast.unit.id, "evidence")


def test_T_U03_a_download_has_its_own_name_and_is_no_page_of_ours(anna: Browser) -> None:
    token = anna.upload(samples.pdf(), "营业 执照.pdf").get_json()["token"]

    answer = anna.get(f"/files/{token}")

    assert answer.data == samples.pdf()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert quote("营业 执照.pdf") in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_preview_runs_in_a_sandbox(anna: Browser) -> None:
    token = anna.upload(samples.pdf()).get_json()["token"]

    answer = anna.get(f"/files/{token}/view")

    assert answer.headers["Content-Disposition"].startswith("inline")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox")
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_downloads_are_audited_previews_are_not(anna: Browser, session: Any) -> None:
    token = anna.upload(samples.pdf()).get_json()["token"]

    anna.get(f"/files/{token}/view")
    anna.get(f"/files/{token}")

    seen = session.scalars(select(m.AuditEvent.action).where(m.AuditEvent.entity == "StoredFile")).all()
    assert list(seen) == ["download"]


def without_tokens(answer: Any) -> str:
    """A page without its CSRF tokens, which carry the second they were made in."""
    return re.sub(r'(name="csrf-token" content|name="csrf_token" value)="[^"]+"', "", answer.text)


def test_T_I02_another_units_file_is_as_one_that_does_not_exist(anna: Browser, bo: Browser) -> None:
    token = anna.upload(samples.pdf()).get_json()["token"]

    answers = [
        bo.get(f"/files/{token}"),
        bo.get(f"/files/{token}/view"),
        bo.get("/files/unknown"),
        bo.get("/files/" + "x" * 99),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert without_tokens(answers[0]).replace(token, "unknown") == without_tokens(answers[2])


def test_reviewers_open_units_files_and_the_anonymous_do_not(
    cast: Cast, anna: Browser, browser: Callable[..., Browser]
) -> None:
    token = anna.upload(samples.pdf()).get_json()["token"]

    assert browser(cast.rui).get(f"/files/{token}").status_code == 200
    assert browser(None).get(f"/files/{token}").status_code == 302


@pytest.mark.parametrize(("state", "status"), [("held", 409), ("quarantined", 403)])
def test_T_U10_files_that_are_not_clean_do_not_open(
    cast: Cast, anna: Browser, session: Any, state: str, status: int
) -> None:
    token = make.make_file(cast.unit, state=state).token
    session.commit()

    assert [anna.get(f"/files/{token}{rest}").status_code for rest in ("", "/view")] == [status, status]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><script>alert(1)</script>", "只能上传"),
        (b"MZ\x90\x00", "只能上传"),
        (b"", "0 字节"),
        (b"%PDF-1.4 broken", "损坏"),
    ],
)
def test_T_U01_what_is_no_document_is_refused_with_the_reason(
    anna: Browser, session: Any, content: bytes, said: str
) -> None:
    answer = anna.upload(content, "看起来像.pdf")

    assert answer.status_code == 422
    assert said in answer.get_json()["problems"][0]["message"]
    assert session.scalars(select(m.StoredFile).where(m.StoredFile.purpose == "evidence")).all() == []


def test_T_U10_malware_is_quarantined_told_and_audited(
    cast: Cast, anna: Browser, session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_verdict", lambda _stream: "quarantined")

    answer = anna.upload(samples.pdf(), "坏.pdf")

    assert answer.status_code == 422
    assert "已被隔离" in answer.get_json()["message"]
    assert (stored(session).state, stored(session).unit_id) == ("quarantined", cast.unit.id)
    assert (
        session.scalars(select(m.AuditEvent).where(m.AuditEvent.action == "quarantined")).one().actor_name
        == "anna"
    )


def test_T_U10_without_the_scanner_a_file_is_held_and_cannot_be_submitted(
    cast: Cast, anna: Browser, draft: m.Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "_verdict", lambda _stream: "held")

    body = anna.upload(samples.pdf()).get_json()
    added = anna.post(
        f"/my/products/{draft.id}/evidence", {"version": 1, "file_id": body["id"], "kind": "sales"}
    )

    assert body["notice"].startswith("文件正在等待病毒检查")
    assert added.status_code == 422


@pytest.mark.parametrize("purpose", ["", "avatar", "licence\x00"])
def test_a_purpose_that_does_not_exist_is_a_bad_request(anna: Browser, purpose: str) -> None:
    assert anna.upload(samples.pdf(), purpose=purpose).status_code == 400


def test_T_C04_an_upload_from_a_foreign_page_has_no_effect(anna: Browser, session: Any) -> None:
    answer = anna.client.post(
        "/my/uploads/", data={"file": (io.BytesIO(samples.pdf()), "a.pdf"), "purpose": "evidence"}
    )

    assert answer.status_code == 400
    assert session.scalars(select(m.StoredFile).where(m.StoredFile.purpose == "evidence")).all() == []
