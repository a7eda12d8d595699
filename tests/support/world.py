"""A small world for page tests: two units with a record of every kind, and a person in every role."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import User
from PIL import Image
from sqlalchemy import select

from app import models as m
from app.db import session
from app.documents import storage
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.recognition.scheme import SCREENING
from app.domain.statistics import MEASURES
from app.services import statistics
from app.services.recognition.rounds import scheme_of
from tests.support import factories as make
from tests.support.notices import make_notice, make_objection
from tests.support.recognition import make_recognition, make_round
from tests.support.supplements import make_supplement

ANONYMOUS = "anonymous"
PEOPLE = (ANONYMOUS, "unit_a", "unit_b", "reviewer", "officer", "office", "auditor", "admin")


def signed_in(app: Flask, user: User | int | None) -> FlaskClient:
    """A browser in which ``user`` has signed in; an anonymous one for None."""
    client = app.test_client()
    if user is not None:
        user_id = user if isinstance(user, int) else user.id
        with client.session_transaction() as cookie:
            cookie["_user_id"] = str(user_id)
            cookie["_fresh"] = True
    return client


@dataclass
class World:
    """The people (user ids by name) and, per unit, one record of every table that belongs to units."""

    app: Flask
    users: dict[str, int | None] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)

    def browser(self, name: str) -> FlaskClient:
        """The browser of one of ``PEOPLE``."""
        return signed_in(self.app, self.users[name])


def make_world(app: Flask) -> World:
    """Make and commit the world; unit A is in Hunan, where the IP office is, unit B in Guangdong."""
    world = World(app)
    unit_a = make.make_unit("长沙甲示例机械有限公司")
    unit_b = make.make_unit("广州乙示例机械有限公司", province="440000", city="440100", district="440106")
    people = {
        "unit_a": make.make_user(roles.UNIT, unit_a), "unit_b": make.make_user(roles.UNIT, unit_b),
        "reviewer": make.make_user(roles.REVIEWER), "officer": make.make_user(roles.RECOGNITION_OFFICER),
        "office": make.make_user(roles.IP_OFFICE, region_code="430000"), "auditor": make.make_user(roles.AUDITOR),
        "admin": make.make_user(roles.ADMIN),
    }  # fmt: skip
    round_ = make_round()
    run = _run(round_)
    notice = make_notice(round_)
    article = _article()
    template = m.DocumentTemplate(
        code="filing_certificate", number=1, html=None, author_id=people["officer"].id, created_at=make.NOW
    )
    session.add(template)
    world.users = {ANONYMOUS: None} | {name: user.id for name, user in people.items()}
    for name, unit in (("a", unit_a), ("b", unit_b)):
        world.records[name] = _belongings(unit)
        world.records[name]["background_job"] = _job(world.users[f"unit_{name}"])
        world.records[name]["api_token"] = _api_token(world.users[f"unit_{name}"])
        world.records[name]["staff_import"] = _import(world.users["admin"], None, "users")
        world.records[name]["import_batch"] = _import(
            world.users[f"unit_{name}"], world.records[name]["unit"], "patents"
        )
        world.records[name] |= _webhook(world.records[name]["unit"], world.users[f"unit_{name}"])
        world.records[name]["saved_view"] = _saved_view(world.users["office"])
        world.records[name] |= article
        world.records[name] |= _in_round(round_, world.records[name]["product"])
        world.records[name] |= {"screening_run": run.id, "template_version": template.number}
        _result(run, unit.id, world.records[name]["product"])
        product = session.get_one(m.Product, world.records[name]["product"])
        world.records[name] |= {"public_notice": notice.id, "objection": make_objection(product).id}
        world.records[name]["evaluation"] = _evaluation(
            world.records[name]["recognition"], world.users["reviewer"]
        )
    session.commit()
    statistics.refresh(make.NOW)
    return world


def _belongings(unit: m.Unit) -> dict[str, Any]:
    """Ids of one record of each table; the product is filed, ``draft`` and ``pending`` are two more."""
    product = make.make_product(unit, "电动自行车用锂离子电池", state="filed")
    pending = make.make_product(unit, "电动叉车用锂离子电池", state="pending")
    draft = make.make_product(unit, "电动船用锂离子电池")
    year, patent = product.years[0], product.years[0].links[0].patent
    file = _file(unit)
    case = _case(unit, pending)
    message = _message(unit)
    return {
        "unit": unit.id, "asset_year": make.make_assets(unit).id, "patent": patent.id, "product": product.id,
        "product_year": year.id, "stored_file": file.id, "review_case": case.id, "outbox": message.id,
        "file_token": file.token, "draft": draft.id, "pending": pending.id, "filing_no": product.filing_no,
    }  # fmt: skip


def _in_round(round_: m.RecognitionRound, product_id: int) -> dict[str, Any]:
    """Ids of the round both units take part in, its scheme, and the product's way through it."""
    recognition = make_recognition(round_, session.get_one(m.Product, product_id))
    make_supplement(recognition)
    certificate = _certificate(recognition)
    return {
        "certificate": certificate.id, "recognition_round": round_.id, "evaluation_scheme": round_.scheme_id, "recognition": recognition.id,
    }  # fmt: skip


def _article() -> dict[str, int]:
    """Ids of a published article and of its file."""
    article = m.Article(
        kind="notice", title="通知", body="正文", status="published", published_on=make.TODAY, created_at=make.NOW,
        changed_at=make.NOW,
    )  # fmt: skip
    session.add(article)
    session.flush()
    file = storage.keep_made(b"%PDF-1.7 article", "附件.pdf", "article", make.NOW)
    session.add(m.ArticleFile(article_id=article.id, file_id=file.id))
    session.flush()
    return {"article": article.id, "article_file": file.id}


def _certificate(recognition: m.Recognition) -> m.Certificate:
    """A certificate's row with its file; its statement is none."""
    file = storage.keep_made(b"%PDF-1.7 certificate", "ZLMJ.pdf", "certificate", make.NOW)
    made = m.Certificate(
        number=f"ZLMJ2025{recognition.id:06d}", recognition_id=recognition.id, product_id=recognition.product_id,
        unit_id=recognition.unit_id, year=2025, product_name=recognition.product.name, unit_name=recognition.unit.name,
        patents=[], issued_on=make.TODAY, valid_until=date(2099, 12, 31), token=f"token-{recognition.id}", key_id="0" * 16,
        file_id=file.id,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def _run(round_: m.RecognitionRound) -> m.ScreeningRun:
    """A run of the round's screening."""
    run = m.ScreeningRun(
        round_id=round_.id, number=1, state="done", scheme_hash=round_.scheme_hash or "", input_hash="0" * 64,
        result_hash="1" * 64, candidates=2, passed=2, created_at=make.NOW, finished_at=make.NOW,
    )  # fmt: skip
    session.add(run)
    session.flush()
    return run


def _result(run: m.ScreeningRun, unit_id: int, product_id: int) -> None:
    """What the run found for a product: nothing known of any criterion."""
    parts = [[None, 0, None, "*"] for _ in scheme_of(run.round).machine(SCREENING)]
    session.add(
        m.ScreeningResult(
            run_id=run.id, product_id=product_id, unit_id=unit_id, passed=True, score=Decimal("61.50"),
            detail=json.dumps(["*", *parts]),
        )
    )  # fmt: skip
    session.flush()


def _evaluation(recognition_id: int, reviewer_id: int | None) -> int:
    """The id of the reviewer's evaluation of a product."""
    made = m.Evaluation(
        recognition_id=recognition_id, reviewer_id=reviewer_id, created_at=make.NOW, changed_at=make.NOW
    )
    session.add(made)
    session.flush()
    return made.id


def _job(user_id: int | None) -> int:
    job = m.BackgroundJob(
        kind="export",
        title="产品",
        user_id=user_id,
        state="failed",
        created_at=make.NOW,
        finished_at=make.NOW,
    )
    session.add(job)
    session.flush()
    return job.id


def _api_token(user_id: int | None) -> int:
    """A token that nobody knows the text of."""
    token = m.ApiToken(
        user_id=user_id, name="程序", digest=f"{user_id:064d}", hint="abcd", scopes=["filing:read"], created_at=make.NOW,
        expires_at=datetime(2099, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    session.add(token)
    session.flush()
    return token.id


def _webhook(unit_id: int, user_id: int | None) -> dict[str, Any]:
    """A unit's webhook, which hears of nothing, and what it was told once."""
    given = {"unit_id": unit_id, "created_at": make.NOW}
    webhook = m.Webhook(
        **given,
        user_id=user_id,
        name="程序",
        url="https://hook.example.com/",
        events=[],
        salt="0" * 32,
        changed_at=make.NOW,
    )
    session.add(webhook)
    session.flush()
    delivery = m.WebhookDelivery(
        **given,
        webhook_id=webhook.id,
        event_id="0" * 32,
        event="filing.approved",
        payload="{}",
        next_try_at=make.NOW,
    )
    session.add(delivery)
    session.flush()
    return {"webhook": webhook.id, "webhook_delivery": delivery.id}


def _saved_view(user_id: int | None) -> int:
    """A saved page of statistics of the IP office."""
    view = m.SavedView(
        user_id=user_id, name=f"湖南{session.query(m.SavedView).count()}", page="regions", query={"year": "2024"}, number=1,
        branches="", at=make.NOW, totals=dict.fromkeys(MEASURES, 0), tables=[], created_at=make.NOW,
    )  # fmt: skip
    session.add(view)
    session.flush()
    return view.id


def _file(unit: m.Unit) -> m.StoredFile:
    """A picture whose bytes are really stored."""
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "PNG")
    picture.seek(0)
    return storage.save(picture, "营业执照.png", "licence", unit.id, Actor.system(), make.NOW)


def _case(unit: m.Unit, product: m.Product) -> m.Case:
    case = m.Case(
        receipt_no=f"SL{product.id:08d}", kind="filing", subject_id=product.id, unit_id=unit.id, title=product.name,
        state="open", snapshot={"name": product.name}, findings=[], subject_version=product.version,
        submitted_at=make.NOW, due_on=make.TODAY, round=1,
    )  # fmt: skip
    session.add(case)
    session.flush()
    return case


def _message(unit: m.Unit) -> m.Outbox:
    user_id = session.scalars(select(m.Account.user_id).where(m.Account.unit_id == unit.id)).first()
    message = m.Outbox(
        text_id=f"m{unit.id}", dedupe_key=f"m{unit.id}", template="filing_approved", channel="inapp", address=str(user_id),
        user_id=user_id, unit_id=unit.id, subject="通知", body="正文", state="sent", next_try_at=make.NOW,
        created_at=make.NOW,
    )  # fmt: skip
    session.add(message)
    session.flush()
    return message


def _import(user_id: int | None, unit_id: int | None, kind: str) -> int:
    """An import that was checked and found empty."""
    batch = m.ImportBatch(
        kind=kind, file_name="表格.csv", headings=["专利号"], fields=["number"], total=0, stage="checked", user_id=user_id,
        unit_id=unit_id, created_at=make.NOW,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    return batch.id
