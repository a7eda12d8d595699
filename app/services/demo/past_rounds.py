"""The demonstration's rounds of the last two years: played from plan to certificates through the real use cases.

Last year's is closed: certificates in force, one withdrawn, an objection upheld and one rejected. The one before has
expired. Where the working-day calendar of a year is not there yet, no notice can end and the round is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import BEIJING, local_date
from app.domain.recognition import evaluation as rules
from app.domain.recognition import public_notice as terms
from app.domain.recognition import scheme
from app.domain.recognition.supplement_fields import DIMENSIONS
from app.registers import calendars
from app.services.background import Task
from app.services.demo import cast
from app.services.demo.cast import do
from app.services.recognition import (
    asking,
    candidates,
    certificates,
    evaluation,
    expiry,
    objections,
    proposal,
    public_notice,
    rounds,
    schemes,
    screening,
    supplements,
)
from app.services.recognition.objections import Raised
from app.services.recognition.proposal import Decision

#: days between the beginning of a notice and the decision on its products
_NOTICE = timedelta(days=30)
_NOTICE_DAYS = 10
_DAY = timedelta(days=1)
_LENIENT = "示例方案（演示用，初筛合格分较低）"
_NOBODY = Actor.anonymous()
_ANSWERS = {
    "claims": "12", "family_countries": "3", "challenges_survived": "1",
    "protection_note": "核心专利覆盖整机结构和关键部件（示例）。",
    "licence_income": "120.00", "pledge_amount": "0.00", "awards": "1",
    "value_note": "专利部件占销售收入的大半（示例）。",
    "patented_features": "70.00", "substitution": "hard",
    "dependence_note": "没有专利部件，处理效果减半（示例）。",
}  # fmt: skip


@dataclass(frozen=True)
class Complaint:
    """An objection to a product in the notice, and how it is decided."""

    text: str
    upheld: bool
    decision: str


@dataclass(frozen=True)
class Story:
    """A round and what happens in it beside the usual, by the names of products."""

    year: int
    #: the day of the decision
    decided_on: date
    complaints: Mapping[str, Complaint] = field(default_factory=dict)
    withdrawn: Mapping[str, str] = field(default_factory=dict)


def stories(now: datetime) -> list[Story]:
    """The two rounds, the older one first; decided in the middle of January, or yesterday where that is to come."""
    today = local_date(now)
    last = min(date(today.year, 1, 15), today - _DAY)
    return [
        Story(today.year - 2, last - timedelta(days=366)),
        Story(
            today.year - 1, last,
            {
                "农田面源污染拦截沟渠构件": Complaint("示例异议：公示的构件在数据年度已停止销售，附有停产通知。", True,
                                       "经核实，该产品在数据年度的销售收入与备案信息不符，异议成立。"),
                "含磷废水净化器": Complaint("示例异议：该产品关联的专利与产品无关，请核实。", False,
                                  "经核实，关联专利用于产品的反应筒和布水器，异议不成立。"),
            },
            {"生活污水脱氮设备": "产品已停产，单位来函申请撤销认定（示例）。"},
        ),
    ]  # fmt: skip


def playable(now: datetime) -> list[Story]:
    """Those whose notice could end."""
    calendar = calendars.calendar()
    return [
        story
        for story in stories(now)
        if not terms.term(story.decided_on - _NOTICE, _NOTICE_DAYS, calendar).provisional
    ]


def load(now: datetime) -> None:
    """Play both rounds, and bring about what time has done to them since."""
    for story in playable(now):
        _Round(story, now).play()
    system = Actor.system("demo")
    do(system, lambda: expiry.advance(now))


class _Round:
    """Plays one round."""

    def __init__(self, story: Story, now: datetime) -> None:
        self.story, self.now = story, now
        self.officer = cast.actor("officer")
        self.reviewers = {who.user_id: who for who in map(cast.actor, ("reviewer1", "reviewer2"))}
        self.units = {who.unit_id: who for who in map(cast.actor, ("unit1", "unit2"))}
        self.decided = datetime.combine(story.decided_on, time(10), BEIJING)
        self.round_id = 0

    def play(self) -> None:
        """From the plan to the round's end."""
        self._plan(self._in_year(6, 1))
        self._screen(self._in_year(9, 20))
        self._supplement(self._in_year(10, 9))
        self._evaluate(self._in_year(11, 3))
        if notice_id := self._publish(self.decided - _NOTICE):
            do(self.officer, lambda: public_notice.recognise(notice_id, self.officer, self.decided))
            self._withdraw(min(self.decided + timedelta(days=60), self.now))
        do(self.officer, lambda: rounds.close(self.officer, self.round_id, self.now))

    def _in_year(self, month: int, day: int) -> datetime:
        return datetime(self.story.year, month, day, 10, tzinfo=BEIJING)

    def _plan(self, at: datetime) -> None:
        year = self.story.year
        typed = {
            "filing_deadline": date(year, 9, 15), "supplement_deadline": date(year, 10, 31), "year": year,
            "data_year": year - 1, "title": f"{year} 年度专利密集型产品认定", "notice_days": _NOTICE_DAYS, "evaluators": 2,
            "scheme_id": do(self.officer, lambda: self._scheme(at)),
        }  # fmt: skip
        made = do(self.officer, lambda: rounds.create(self.officer, typed, at))
        self.round_id = do(self.officer, lambda: rounds.publish(self.officer, made.id, at).id)

    def _scheme(self, at: datetime) -> int:
        """The example scheme, lenient: of a handful of products few are better than most."""
        known = {each.name: each.id for each in schemes.every()}
        if _LENIENT not in known:
            content = {**scheme.EXAMPLE, "name": _LENIENT, "pass_score": 24}
            return schemes.create(self.officer, content, at).id
        return known[_LENIENT]

    def _screen(self, at: datetime) -> None:
        do(self.officer, lambda: candidates.gather(self.round_id, self.officer, at))
        run_id = do(self.officer, lambda: screening.plan(self.round_id, self.officer, at).id)
        screening.run(Task(0, self.officer, {"run_id": run_id}))
        do(self.officer, lambda: screening.apply(run_id, self.officer, at))

    def _supplement(self, at: datetime) -> None:
        do(self.officer, lambda: asking.ask(self.round_id, self.officer, at))
        for recognition_id, unit_id in self._found("supplement_due"):
            _give(self.units[unit_id], recognition_id, at + _DAY)

    def _evaluate(self, at: datetime) -> None:
        do(self.officer, lambda: evaluation.begin(self.round_id, self.officer, at))
        for evaluation_id, reviewer_id in self._assigned():
            reviewer = self.reviewers[reviewer_id]
            do(reviewer, lambda key=evaluation_id, who=reviewer: self._score(key, who, at + 7 * _DAY))  # type: ignore[misc]
        decision = Decision(Decimal(1))
        do(self.officer, lambda: proposal.propose(self.round_id, decision, self.officer, at + 14 * _DAY))

    def _score(self, evaluation_id: int, reviewer: Actor, at: datetime) -> None:
        found = session.get_one(m.Evaluation, evaluation_id)
        items = rules.items(rounds.scheme_of(found.recognition.round))
        points = {item.id: str((item.maximum * 4 / 5).quantize(rules.CENT)) for item in items}
        evaluation.score(reviewer, evaluation_id, points, "材料齐全（示例）。", found.version, at)

    def _publish(self, at: datetime) -> int:
        title = f"{self.story.year} 年度拟认定专利密集型产品公示（示例）"
        text = "现将拟认定的产品予以公示，公示期内可以提出异议。"
        notice_id = do(
            self.officer,
            lambda: public_notice.publish(self.round_id, title, text, local_date(at), self.officer, at).id,
        )
        for name, complaint in self.story.complaints.items():
            self._complain(name, complaint, at + 2 * _DAY)
        return notice_id

    def _complain(self, name: str, complaint: Complaint, at: datetime) -> None:
        product = self._product(name)
        typed = {
            "filing_no": product.filing_no or "",
            "text": complaint.text,
            "name": "示例公众甲",
            "contact": "13900000099",
        }
        what = Raised(typed, "203.0.113.9", f"demo-{self.story.year}-{product.id}".ljust(32, "-"))
        receipt = do(_NOBODY, lambda: objections.raise_(what, None, at))
        key, version = do(self.officer, lambda: self._objection(receipt.receipt_no))
        do(self.officer, lambda: objections.handle(self.officer, key, version, at + _DAY))
        decide = objections.uphold if complaint.upheld else objections.reject
        do(self.officer, lambda: decide(self.officer, key, version + 1, complaint.decision, at + 5 * _DAY))

    def _withdraw(self, at: datetime) -> None:
        for name, reason in self.story.withdrawn.items():
            product_id = self._product(name).id
            do(self.officer, lambda key=product_id, why=reason: self._end(key, why, at))  # type: ignore[misc]

    def _end(self, product_id: int, reason: str, at: datetime) -> None:
        query = select(m.Recognition).where(
            m.Recognition.round_id == self.round_id, m.Recognition.product_id == product_id
        )
        certificates.withdraw(session.scalars(query).one(), reason, self.officer, at)

    def _product(self, name: str) -> m.Product:
        return do(
            self.officer, lambda: session.scalars(select(m.Product).where(m.Product.name == name)).one()
        )

    def _objection(self, receipt_no: str) -> tuple[int, int]:
        found = session.scalars(select(m.Objection).where(m.Objection.receipt_no == receipt_no)).one()
        return found.id, found.version

    def _found(self, state: str) -> list[Any]:
        query = select(m.Recognition.id, m.Recognition.unit_id).where(
            m.Recognition.round_id == self.round_id, m.Recognition.state == state
        )
        return do(self.officer, lambda: list(session.execute(query)))

    def _assigned(self) -> list[Any]:
        query = select(m.Evaluation.id, m.Evaluation.reviewer_id).join(m.Evaluation.recognition)
        return do(
            self.officer, lambda: list(session.execute(query.where(m.Recognition.round_id == self.round_id)))
        )


def _give(unit: Actor, recognition_id: int, at: datetime) -> None:
    """A unit's further information on a product, with a file for each dimension."""
    files = {dimension: cast.file(unit, "evidence", f"evidence-{dimension}", at) for dimension in DIMENSIONS}

    def work() -> None:
        saved = supplements.save(
            unit, recognition_id, _ANSWERS, supplements.of(unit, recognition_id).version, at
        )
        for dimension, file_id in files.items():
            supplements.add_file(unit, recognition_id, file_id, dimension, saved.supplement.version, at)
        supplements.submit(unit, recognition_id, saved.supplement.version, True, at)

    do(unit, work)
