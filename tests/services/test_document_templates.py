"""Templates of documents: put in force in versions, by officers, for what is made from then on (E7, T-M07)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from app import models as m
from app.documents.editable import EDITABLE
from app.domain.actor import Actor
from app.domain.errors import Conflict, NotAllowed, NotFound, RuleError
from app.services import document_templates
from tests.documents.samples import text_of
from tests.services.conftest import Cast
from tests.support.acts import do
from tests.support.notices import make_officer

CODE = "commitment_form"


@pytest.fixture
def olga(cast: Cast, session: Any) -> Actor:
    """A recognition officer."""
    made = make_officer(username="olga")
    session.commit()
    return made


def with_text(words: str) -> str:
    return EDITABLE[CODE].built_in().replace("{{ _('诚信承诺书') }}</h1>", f"{words}</h1>")


def save(actor: Actor, words: str, seen: int | None, code: str = CODE) -> m.DocumentTemplate:
    return do(document_templates.save, actor, code, with_text(words), "改标题", seen=seen)


def test_what_is_saved_is_in_force_with_its_author_and_reset_brings_the_built_in_one_back(
    olga: Actor, session: Any
) -> None:
    assert document_templates.text_of(CODE) is None
    save(olga, "甲省承诺书", 0)
    save(olga, "乙省承诺书", 1)
    assert "乙省承诺书" in (document_templates.text_of(CODE) or "")

    do(document_templates.reset, olga, CODE, seen=2)

    assert document_templates.text_of(CODE) is None
    assert document_templates.in_force(CODE).number == 3
    versions = document_templates.versions(CODE)
    assert [(v.number, v.html is None, v.author_id) for v in versions] == [
        (3, True, olga.user_id), (2, False, olga.user_id), (1, False, olga.user_id)
    ]  # fmt: skip
    assert "甲省承诺书" in document_templates.source(document_templates.version(CODE, 1))


def test_every_version_is_in_the_audit_trail(olga: Actor, session: Any) -> None:
    made = save(olga, "甲省承诺书", 0)
    query = select(m.AuditEvent).where(m.AuditEvent.entity == "document_template")
    event = session.scalars(query).one()
    assert (event.action, event.entity_id, event.actor_id) == ("create", str(made.id), olga.user_id)
    assert "甲省承诺书" in json.loads(event.detail)["html"]


def test_T_M07_what_was_made_from_an_older_version_overwrites_nothing(olga: Actor) -> None:
    save(olga, "甲省承诺书", 0)
    for seen in (0, None, 2):
        with pytest.raises(Conflict, match="已被别人修改"):
            save(olga, "乙省承诺书", seen)
    with pytest.raises(Conflict):
        do(document_templates.reset, olga, CODE, seen=0)
    assert "甲省承诺书" in (document_templates.text_of(CODE) or "")


def test_what_is_wrong_or_unchanged_is_not_kept(olga: Actor) -> None:
    for html in (with_text("<script></script>"), EDITABLE[CODE].built_in().replace("\n", "\r\n")):
        with pytest.raises(RuleError):
            do(document_templates.save, olga, CODE, html, "", seen=0)
    with pytest.raises(RuleError):
        do(document_templates.save, olga, CODE, with_text("甲"), "长" * 201, seen=0)
    with pytest.raises(Conflict, match="内置模板"):
        do(document_templates.reset, olga, CODE, seen=0)
    assert document_templates.versions(CODE) == []


def test_only_officers_and_administrators_write(cast: Cast) -> None:
    for actor in (cast.anna, cast.rui):
        with pytest.raises(NotAllowed):
            save(actor, "甲", 0)
        with pytest.raises(NotAllowed):
            do(document_templates.reset, actor, CODE, seen=0)
        with pytest.raises(NotAllowed):
            document_templates.preview(actor, CODE, with_text("甲"), "zh")


def test_documents_that_are_none_of_ours_do_not_exist(olga: Actor) -> None:
    for code in ("review_sheet", "../config", ""):
        with pytest.raises(NotFound):
            document_templates.in_force(code)
        with pytest.raises(NotFound):
            document_templates.preview(olga, code, "x", "zh")


def test_a_preview_keeps_nothing(olga: Actor) -> None:
    assert "甲省承诺书" in text_of(document_templates.preview(olga, CODE, with_text("甲省承诺书"), "zh"))
    assert document_templates.versions(CODE) == []
