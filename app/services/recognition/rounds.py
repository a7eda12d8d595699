"""The yearly round of recognition (mission E1): planned, published with its scheme frozen, closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.domain import normal
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.errors import Conflict, NotAllowed, Problem, RuleError
from app.domain.machines import OFFICERS, ROUND, UNDER_WAY
from app.domain.normal import InputError
from app.domain.recognition import scheme as schemes_
from app.domain.recognition import terms
from app.domain.recognition.scheme import Scheme
from app.domain.text import N_
from app.registers import parameters
from app.services import background, records
from app.services.fields import Field, day, identity, line, missing, read, whole
from app.services.workflow import fire

#: the usual last day to file [P: 2025]; each round says its own
_USUAL_DEADLINE = (9, 15)
#: kinds of background work that move many products of a round: one at a time
WORK = ("ask_supplements", "begin_evaluation", "propose", "publish_notice", "cancel_notice", "recognise")


def _year(text: str) -> int:
    typed = normal.clean(text)
    if not (typed.isascii() and typed.isdecimal() and 2000 <= int(typed[:5]) <= 2100):
        raise InputError(N_("请填写四位数的年份"))
    return int(typed)


FIELDS = (
    Field("year", N_("认定年度"), _year, required=True),
    Field("data_year", N_("数据年度"), _year, required=True),
    Field("title", N_("批次名称"), line(200), required=True),
    Field("filing_deadline", N_("备案截止日期"), day, required=True),
    Field("supplement_deadline", N_("补充信息截止日期"), day, required=True),
    Field("notice_days", N_("公示期（工作日）"), whole, required=True),
    Field("evaluators", N_("每个产品的评审人数"), whole, required=True),
    Field("scheme_id", N_("评价方案"), identity, required=True),
)
_TERMS = tuple(terms.Terms.__dataclass_fields__)


def defaults(now: datetime) -> dict[str, Any]:
    """A new round as it usually is: this year's, or the year after the last; on data of the year before."""
    last = session.scalars(
        select(m.RecognitionRound).order_by(m.RecognitionRound.year.desc()).limit(1)
    ).first()
    year = local_date(now).year
    if last is not None and last.year >= year:
        year = last.year + 1
    month, day_of_month = (last.filing_deadline.month, last.filing_deadline.day) if last else _USUAL_DEADLINE
    # a deadline on 29 February has none in most years
    deadline = date(year, month, min(day_of_month, 28) if month == 2 else day_of_month)
    scheme_id = session.scalars(
        select(m.EvaluationScheme.id).order_by(m.EvaluationScheme.id).limit(1)
    ).first()
    return {
        "year": year,
        "data_year": year - 1,
        "title": f"{year} 年度专利密集型产品认定",
        "filing_deadline": deadline,
        "supplement_deadline": deadline + timedelta(days=parameters.integer("supplement_days")),
        "notice_days": parameters.integer("notice_days"),
        "evaluators": parameters.integer("evaluators"),
        "scheme_id": last.scheme_id if last else scheme_id,
    }


def create(actor: Actor, data: Mapping[str, Any], now: datetime) -> m.RecognitionRound:
    """Plan a round; ``data`` has every one of ``FIELDS``, typed or as values."""
    _officers_only(actor)
    values = _read(data)
    problems = _problems(values, None)
    if problems:
        raise RuleError(problems)
    round_ = m.RecognitionRound(**values, created_at=now, changed_at=now)
    session.add(round_)
    session.flush()
    return round_


def change(
    actor: Actor, round_id: int, data: Mapping[str, Any], version: int | None, now: datetime
) -> m.RecognitionRound:
    """Change what is planned; of a published round its title, and its supplement's deadline to a later day."""
    round_ = load(round_id, actor)
    _officers_only(actor)
    if round_.state == "closed":
        raise Conflict(N_("已结束的批次不能修改"))
    records.expect(round_, version, data)
    old = {field.name: getattr(round_, field.name) for field in FIELDS}
    values = old | _read({**old, **data})
    problems = _problems(values, round_)
    if round_.state == "published":
        problems += terms.late_changes(old, values)
    if problems:
        raise RuleError(problems)
    for name, value in values.items():
        setattr(round_, name, value)
    records.touch(round_, now)
    return round_


def publish(
    actor: Actor, round_id: int, now: datetime, *, version: int | None = None, seen_hash: str | None = None
) -> m.RecognitionRound:
    """Publish a round: its scheme is kept as it is now, under its hash, whatever becomes of the scheme.

    ``seen_hash`` is the scheme the officer looked at: Conflict where somebody has changed it since.
    """
    round_ = load(round_id, actor)
    scheme = round_.scheme
    schemes_.read(scheme.content)
    digest = schemes_.content_hash(scheme.content)
    if seen_hash is not None and seen_hash != digest:
        raise Conflict(N_("评价方案在您打开之后已被修改，批次没有发布。请核对方案后再发布"))
    if round_.state == "draft" and round_.supplement_deadline < local_date(now):
        raise RuleError([Problem("supplement_deadline", N_("补充信息截止日期已过，请先修改批次的日期"))])
    frozen = {"frozen_scheme": scheme.content, "scheme_hash": digest, "published_at": now}
    fire(ROUND, round_, "publish", actor, now, version=version, values=frozen)
    return round_


def close(actor: Actor, round_id: int, now: datetime, *, version: int | None = None) -> m.RecognitionRound:
    """End a round in which every product has its result."""
    round_ = load(round_id, actor)
    left = under_way(round_.id)
    if left and round_.state == "published":
        raise Conflict(N_("还有 {count} 个产品没有认定结果，不能结束批次", count=left))
    fire(ROUND, round_, "close", actor, now, version=version)
    return round_


def remove(actor: Actor, round_id: int) -> None:
    """Give up a round that was never published."""
    round_ = load(round_id, actor)
    _officers_only(actor)
    if round_.state != "draft":
        raise Conflict(N_("已发布的批次不能删除"))
    session.delete(round_)
    session.flush()


def load(round_id: int, actor: Actor) -> m.RecognitionRound:
    """The round, for whoever may read it; NotFound for an id that is none."""
    return records.load(m.RecognitionRound, round_id, actor)


def current(now: datetime) -> m.RecognitionRound | None:
    """The newest round that is published by ``now`` and not closed."""
    query = select(m.RecognitionRound).where(
        m.RecognitionRound.state == "published", m.RecognitionRound.published_at <= now
    )
    return session.scalars(query.order_by(m.RecognitionRound.year.desc()).limit(1)).first()


def scheme_document(round_: m.RecognitionRound) -> dict[str, Any]:
    """The document a round is judged by: frozen once it is published, until then its scheme's as it is now."""
    return round_.frozen_scheme if round_.frozen_scheme is not None else round_.scheme.content


def scheme_of(round_: m.RecognitionRound) -> Scheme:
    """The scheme a round is judged by."""
    return schemes_.read(scheme_document(round_))


def counts(round_id: int) -> dict[str, int]:
    """How many products of the round are in each state; states nobody is in are left out."""
    query = select(m.Recognition.state, func.count()).where(m.Recognition.round_id == round_id)
    rows = session.execute(query.group_by(m.Recognition.state))
    return {state: int(number) for state, number in rows}


def under_way(round_id: int) -> int:
    """How many products of the round have no result yet."""
    return sum(number for state, number in counts(round_id).items() if state in UNDER_WAY)


def refuse_busy(round_id: int) -> None:
    """Conflict while work on the whole round (``round_work``) waits or is being done."""
    if background.under_way(WORK, round_id):
        raise Conflict(N_("本批次正在办理上一项工作，请等待完成"))


def _officers_only(actor: Actor) -> None:
    if not actor.is_system and not actor.has(*OFFICERS):
        raise NotAllowed(N_("只有认定专员可以办理认定批次"))


def _read(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields' values; RuleError where one is missing or cannot be read."""
    values, problems = read(data, FIELDS)
    unread = {problem.field for problem in problems}
    typed = SimpleNamespace(**{field.name: values.get(field.name) for field in FIELDS})
    problems += [problem for problem in missing(typed, FIELDS) if problem.field not in unread]
    if problems:
        raise RuleError(problems)
    return values


def _problems(values: Mapping[str, Any], round_: m.RecognitionRound | None) -> list[Problem]:
    found = terms.problems(terms.Terms(**{name: values[name] for name in _TERMS}))
    same_year = select(m.RecognitionRound.id).where(m.RecognitionRound.year == values["year"])
    if round_ is not None:
        same_year = same_year.where(m.RecognitionRound.id != round_.id)
    if session.execute(same_year).first() is not None:
        found.append(Problem("year", N_("{year} 年度已有认定批次", year=values["year"])))
    if session.get(m.EvaluationScheme, values["scheme_id"]) is None:
        found.append(Problem("scheme_id", N_("请从列表中选择")))
    return found
