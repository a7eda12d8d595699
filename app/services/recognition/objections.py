"""Objections 异议 to products in public notice, and tips 线索 on any filed product (mission F2, E6): raised by anybody,
named or not, followed by number and pass phrase, decided by staff with reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, func, insert, or_, select

from app import audit, policies
from app import models as m
from app.db import acting, session
from app.documents import storage
from app.domain.actor import Actor
from app.domain.clock import BEIJING, local_date
from app.domain.errors import Conflict, NotAllowed, NotFound, Problem, RuleError, TooMany
from app.domain.machines import HANDLERS, OBJECTION, OFFICERS, RECOGNITION, UNDER_WAY
from app.domain.normal import name_key
from app.domain.recognition.objections import OPEN, pass_hash, pass_phrase
from app.domain.text import N_
from app.registers import parameters
from app.reports.search_index import PUBLIC_STATES
from app.services import cases
from app.services.fields import Field, line, lines, read
from app.services.numbers import next_number
from app.services.recognition import public_notice, told
from app.services.workflow import fire

_EVERYBODY = Actor.system("objection")
FIELDS = (
    Field("filing_no", N_("备案编号"), line(40), required=True, empty=""),
    Field("text", N_("异议或线索的内容"), lines(5000), required=True, empty=""),
    Field("name", N_("姓名或单位名称"), line(100), empty=""),
    Field("contact", N_("联系方式"), line(200), empty=""),
)
_DECISION = Field("decision", N_("处理意见"), lines(2000), required=True, empty="")


@dataclass(frozen=True)
class Raised:
    """What somebody typed, from which network address, and the token of the form, which the pass phrase comes from."""

    typed: Mapping[str, str]
    ip: str
    token: str


@dataclass(frozen=True)
class Receipt:
    """What whoever raised it is given, once; ``pass_phrase`` is kept nowhere."""

    receipt_no: str
    pass_phrase: str
    kind: str


@dataclass(frozen=True)
class Progress:
    """What an objection's number and pass phrase open: no name, no contact, nothing of the staff."""

    receipt_no: str
    kind: str
    filing_no: str
    product: str
    state: str
    received_at: datetime
    decision: str | None
    decided_at: datetime | None


def check(what: Raised, now: datetime) -> None:
    """Refuse what cannot be taken, before a file is looked into: bad fields, the same again, too much for a day."""
    with acting(_EVERYBODY):
        values, product_id = _read(what)
        if not _known(what, product_id):
            _refuse_flood(what.ip, now)
            _refuse_repeats(product_id, values, what.ip)


def raise_(what: Raised, file: m.StoredFile | None, now: datetime) -> Receipt:
    """Take an objection, or a tip where the product is in no running notice; ``file`` has been received, not kept.

    The same form again gives the same receipt; the same content from the same person is a Conflict (T-V06).
    """
    with acting(_EVERYBODY):
        values, product_id = _read(what)
        session.execute(select(m.Product.id).where(m.Product.id == product_id).with_for_update())
        if known := _known(what, product_id):
            return Receipt(known.receipt_no, pass_phrase(what.token), known.kind)
        _refuse_flood(what.ip, now)
        _refuse_repeats(product_id, values, what.ip)
        return _store(what, values, product_id, file, now)


def follow(receipt_no: str, phrase: str) -> Progress | None:
    """How far an objection has come, for whoever knows its number and pass phrase; None alike for unknown and wrong."""
    query = (
        select(m.Objection, m.Product.filing_no, m.Product.name)
        .join(m.Product, m.Product.id == m.Objection.product_id)
        .where(m.Objection.receipt_no == receipt_no.strip().upper()[:40], m.Objection.pass_hash == pass_hash(phrase))
        .execution_options(unscoped=True)
    )  # fmt: skip
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    found = row.Objection
    return Progress(
        found.receipt_no, found.kind, row.filing_no, row.name, found.state, found.created_at, found.decision,
        found.decided_at,
    )  # fmt: skip


def handle(actor: Actor, objection_id: int, version: int | None, now: datetime) -> m.Objection:
    """Take an objection up: the product in notice is then under objection, and its unit is told so."""
    objection, recognition = _to_decide(actor, objection_id)
    fire(OBJECTION, objection, "handle", actor, now, version=version)
    if recognition is not None and recognition.state == "in_notice":
        fire(RECOGNITION, recognition, "object", actor, now)
        told.objection_handling(recognition, objection, now)
    return objection


def uphold(actor: Actor, objection_id: int, version: int | None, decision: str, now: datetime) -> m.Objection:
    """Decide that an objection is right: the product it is about is not recognised, the unit reads why."""
    objection, recognition = _decide(actor, objection_id, "uphold", version, decision, now)
    if recognition is not None and recognition.state in UNDER_WAY:
        verb = "uphold_objection" if recognition.state == "objected" else "drop"
        said = objection.decision
        fire(RECOGNITION, recognition, verb, actor, now, note=said, values={"reason": said})
        told.objection_upheld(recognition, objection, now)
        _finish(recognition, now)
    return objection


def reject(actor: Actor, objection_id: int, version: int | None, decision: str, now: datetime) -> m.Objection:
    """Decide that an objection is not right: with no other one open, the product returns to the notice."""
    objection, recognition = _decide(actor, objection_id, "reject", version, decision, now)
    if recognition is not None:
        _dismiss(recognition, actor, now)
        told.objection_rejected(recognition, objection, now)
    return objection


def refuse(actor: Actor, objection_id: int, version: int | None, decision: str, now: datetime) -> m.Objection:
    """Do not accept an objection at all 不予受理, and say why; the unit never hears of it."""
    objection, recognition = _decide(actor, objection_id, "refuse", version, decision, now)
    if recognition is not None:
        _dismiss(recognition, actor, now)
    return objection


def may_decide(actor: Actor, objection: m.Objection) -> bool:
    """Whether the actor may take up and decide it: objections to a notice are the officers', tips any handler's; not
    those about the actor's own unit."""
    if actor.unit_id is not None and actor.unit_id == objection.product.unit_id:
        return False
    return actor.has(*(OFFICERS if objection.kind == "objection" else HANDLERS))


# ---------------------------------------------------------------- raising


def _read(what: Raised) -> tuple[dict[str, str], int]:
    """The fields, and the product they are about."""
    values, problems = read({field.name: what.typed.get(field.name, "") for field in FIELDS}, FIELDS)
    wrong = {problem.field for problem in problems}
    least = parameters.integer("objection_min")
    if "filing_no" not in wrong and not values["filing_no"]:
        problems.append(Problem("filing_no", N_("请填写产品的备案编号")))
    if "text" not in wrong and len(name_key(values["text"])) < least:
        problems.append(Problem("text", N_("请写明事实和理由，至少 {least} 个字", least=least)))
    if problems:
        raise RuleError(problems)
    return values, _product_id(values["filing_no"])


def _product_id(filing_no: str) -> int:
    query = select(m.Product.id).where(
        m.Product.filing_no == filing_no.upper(), m.Product.state.in_(PUBLIC_STATES)
    )
    found = session.execute(query).scalar_one_or_none()
    if found is None:
        raise RuleError([Problem("filing_no", N_("没有找到这个备案编号的产品，请核对编号"))])
    return found


def _known(what: Raised, product_id: int) -> m.Objection | None:
    """What this very form has raised already."""
    own = m.Objection.pass_hash == pass_hash(pass_phrase(what.token))
    query = select(m.Objection).where(m.Objection.product_id == product_id, own)
    return session.scalars(query).first()


def _refuse_flood(ip: str, now: datetime) -> None:
    midnight = datetime.combine(local_date(now), time(), BEIJING)
    today = select(func.count(m.Objection.id)).where(m.Objection.created_at >= midnight)
    wait = int((midnight + timedelta(days=1) - now).total_seconds()) + 1
    if _number(today.where(m.Objection.ip == ip)) >= parameters.integer("objections_per_address_day"):
        raise TooMany(N_("您所在的网络地址今天提交的异议和线索已达上限，请明天再提交"), wait)
    if _number(today) >= parameters.integer("objections_per_day"):
        raise TooMany(N_("今天受理的异议和线索已达上限，请明天再提交"), wait)


def _number(query: Select[Any]) -> int:
    return int(session.execute(query).scalar_one())


def _refuse_repeats(product_id: int, values: Mapping[str, str], ip: str) -> None:
    """The same person is whoever has the same network address or gives the same contact."""
    contact = values["contact"]
    same = or_(m.Objection.ip == ip, (m.Objection.contact == contact) & (m.Objection.contact != ""))
    query = select(m.Objection.receipt_no, m.Objection.text).where(
        m.Objection.product_id == product_id, m.Objection.state.in_(OPEN), same
    )
    for number, text in session.execute(query):
        if name_key(text) == name_key(values["text"]):
            raise Conflict(
                N_("相同的内容已经受理，受理号 {no}；请用当时给您的查询密码查询办理情况", no=number)
            )


def _store(
    what: Raised, values: Mapping[str, str], product_id: int, file: m.StoredFile | None, now: datetime
) -> Receipt:
    """Written as a table, not as a record: who objected, and from where, is not for the audit trail."""
    day = local_date(now)
    recognition = public_notice.running(product_id, day)
    kind, phrase = "tip" if recognition is None else "objection", pass_phrase(what.token)
    number = next_number(
        parameters.text("objection_number_pattern"), date=day.strftime("%Y%m%d"), year=day.year
    )
    row = insert(m.Objection).values(
        receipt_no=number, pass_hash=pass_hash(phrase), kind=kind, product_id=product_id, text=values["text"],
        recognition_id=None if recognition is None else recognition.id, name=values["name"],
        contact=values["contact"], file_id=None if file is None else storage.keep(file).id, state="received",
        ip=what.ip, version=1, created_at=now, changed_at=now,
    )  # fmt: skip
    key = session.execute(row.returning(m.Objection.id)).scalar_one()
    audit.record(session(), "create", "objection", key, receipt_no=number, kind=kind, product_id=product_id)
    objection = session.get_one(m.Objection, key)
    told.objection_received(objection, objection.product.name, now)
    return Receipt(number, phrase, kind)


# ---------------------------------------------------------------- deciding


def _to_decide(actor: Actor, objection_id: int) -> tuple[m.Objection, m.Recognition | None]:
    """The objection and the recognition it is about; of two decisions on one product, the second waits."""
    objection = policies.find(session(), m.Objection, objection_id, actor)
    if not may_decide(actor, objection):
        raise NotAllowed(N_("对公示产品的异议由认定专员办理，线索也可由审核员办理；不能办理涉及本单位的事项"))
    if objection.recognition_id is None:
        return objection, None
    query = select(m.Recognition).where(m.Recognition.id == objection.recognition_id).with_for_update()
    return objection, session.scalars(query.execution_options(populate_existing=True)).one()


def _decide(
    actor: Actor, objection_id: int, verb: str, version: int | None, decision: str, now: datetime
) -> tuple[m.Objection, m.Recognition | None]:
    objection, recognition = _to_decide(actor, objection_id)
    cases.require_text(decision, "decision", N_("请填写处理意见和理由"))
    said, problems = read({"decision": decision}, [_DECISION])
    if problems:
        raise RuleError(problems)
    if actor.user_id is None:
        raise NotFound
    values = {"decision": said["decision"], "decided_by": actor.user_id, "decided_at": now}
    fire(OBJECTION, objection, verb, actor, now, note=said["decision"], version=version, values=values)
    return objection, recognition


def _dismiss(recognition: m.Recognition, actor: Actor, now: datetime) -> None:
    still_open = select(func.count(m.Objection.id)).where(
        m.Objection.recognition_id == recognition.id, m.Objection.state.in_(OPEN)
    )
    if recognition.state == "objected" and not _number(still_open):
        fire(RECOGNITION, recognition, "dismiss_objection", actor, now)


def _finish(recognition: m.Recognition, now: datetime) -> None:
    if recognition.notice_id is not None:
        public_notice.finish(recognition.notice_id, now)
