"""Everything a reviewer has to see of one case, gathered once for the page and the printed sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext as _
from sqlalchemy import select

from app import models as m
from app import policies
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.filing.rules import Rule
from app.domain.machines import DECIDERS
from app.services import cases, checklist, checks, duplicates, review, timeline, yeardata
from app.services.recognition import certificates
from app.web.desk import changes, facts, people
from app.web.text import in_english, render

#: Rules only a person can judge that belong to a real-name check; the profit statement's goes with a filing.
_GRAVITY = {"block": 0, "warn": 1, "info": 2}


@dataclass(frozen=True)
class Patent:
    """A linked patent: what was submitted, and what the unit's patent base says of it now."""

    number: str
    submitted: Mapping[str, Any]
    now: m.Patent | None

    @property
    def legal_state(self) -> str:
        """Its legal state today; as submitted where the base no longer has it."""
        return self.now.legal_state if self.now is not None else str(self.submitted.get("legal_state") or "")


@dataclass(frozen=True)
class Attachment:
    """A file of the case; ``stored`` is None where it has been removed since."""

    title: str
    name: str
    stored: m.StoredFile | None

    @property
    def is_picture(self) -> bool:
        """Whether a browser shows it as a picture."""
        return self.stored is not None and self.stored.media_type.startswith("image/")


@dataclass
class Dossier:
    """A case with all that belongs to it. ``refusal`` says why the reader may not decide it; None where they may."""

    case: m.Case
    subject: Any
    groups: list[facts.Group]
    labels: dict[str, str]
    patents: list[Patent]
    attachments: list[Attachment]
    findings: list[dict[str, Any]]
    checklist: list[Rule]
    #: rule → who ticked it, and when
    ticked: dict[str, tuple[str, datetime]]
    phrases: dict[str | None, list[str]]
    likely: list[duplicates.Likely]
    assets: m.AssetYear | None
    rounds: list[timeline.Round]
    changes: list[changes.Changed]
    refusal: str | None
    may_claim: bool
    holder: str
    #: what else approving would end, which has to be confirmed
    effects: list[str]

    @property
    def product(self) -> m.Product | None:
        """The product a case is about, if it is about one."""
        return product_of(self.subject)

    @property
    def latest(self) -> m.Case:
        """The last round of this matter."""
        return self.rounds[-1].case

    @property
    def this_round(self) -> timeline.Round:
        """The round the page is about, with what changed since the one before."""
        return next(round_ for round_ in self.rounds if round_.case.id == self.case.id)

    @property
    def said_before(self) -> dict[str, str]:
        """The remarks with which the matter was last returned before this round."""
        earlier = [r for r in self.rounds if r.case.id < self.case.id and r.case.state == "returned"]
        return earlier[-1].remarks if self.case.round > 1 and earlier else {}

    @property
    def unheeded(self) -> list[tuple[str, str]]:
        """Remarks of the last return on fields that are as they were."""
        changed = {change.field for change in self.changes}
        return [(name, text) for name, text in self.said_before.items() if name not in changed]

    @property
    def class_text(self) -> str:
        """The product class and industry, to be held against the patents."""
        codes = [(facts.product_class, "class_code"), (facts.industry, "industry_code")]
        return _("；").join(
            read(self.case.snapshot[name]) for read, name in codes if self.case.snapshot.get(name)
        )

    @property
    def checklist_texts(self) -> list[tuple[Rule, str]]:
        """What only a reviewer can judge, in the reader's language."""
        return [(rule, rule.message_en if in_english() else rule.message_zh) for rule in self.checklist]

    def label(self, name: str) -> str:
        """What a field is called."""
        return self.labels.get(name) or facts.label(self.case.kind, name)

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """The findings that an approval has to set aside."""
        return [found for found in self.findings if found["severity"] == "warn"]

    def findings_at(self, name: str) -> list[dict[str, Any]]:
        """The findings beside a field."""
        return [found for found in self.findings if (found["field"] or "").partition(".")[0] == name]


def load(case_id: int, actor: Actor) -> m.Case:
    """The case; NotFound where the actor may not see it."""
    return policies.find(session(), m.Case, case_id, actor)


def gather(case: m.Case, actor: Actor, now: datetime) -> Dossier:
    """All about a case, as it is now."""
    subject = review.STEPS[case.kind].subject(case)
    year = _year(case, subject) if case.state == "open" else None
    patents = _patents(case)
    assets = _assets(case)
    rounds = timeline.rounds(actor, case.kind, case.subject_id, now)
    refused = refusal(case, actor, now)
    holder = session.get(User, case.claimed_by) if case.claimed_by else None
    return Dossier(
        case=case, subject=subject, groups=facts.of_case(case.kind, case.snapshot),
        labels={name: facts.label(case.kind, name) for name in review.remark_fields(case)},
        patents=patents, attachments=_attachments(case, patents, assets),
        findings=_findings(case, year, now), checklist=checklist.points(case.kind), ticked=_ticked(case), phrases=_phrases(case.kind),
        likely=duplicates.find(year.product, year) if year is not None and case.kind != "revocation" else [],
        assets=assets, rounds=rounds, changes=_changes(case, rounds), refusal=refused,
        may_claim=refused is None and case.claimed_by != actor.user_id, holder=people.name(holder),
        effects=_effects(case, subject, now),
    )  # fmt: skip


def _effects(case: m.Case, subject: Any, now: datetime) -> list[str]:
    """What else would end with a revoked filing (abuse.md T-W09)."""
    if case.kind != "revocation" or case.state != "open":
        return []
    return [render(effect) for effect in certificates.effects_of_revocation(subject, local_date(now))]


def product_of(subject: Any) -> m.Product | None:
    """The product behind a case's subject: itself, a year's, or none."""
    if isinstance(subject, m.ProductYear):
        return subject.product
    return subject if isinstance(subject, m.Product) else None


def _year(case: m.Case, subject: Any) -> m.ProductYear | None:
    """The year's data that a case is about; None where it is about a unit."""
    product = product_of(subject)
    if product is None or isinstance(subject, m.ProductYear):
        return subject if product is not None else None
    latest = product.updated_year if case.kind == "revocation" else None
    return yeardata.year_of(product, latest or product.filing_year)


def refusal(case: m.Case, actor: Actor, now: datetime) -> str | None:
    """Why this reader may not decide the case, in words; None where they may."""
    if case.state != "open":
        return _("该件已办结")
    if not actor.has(*DECIDERS):
        return _("您的角色只能查看，不能审核")
    if cases.involved(case, actor):
        return _("回避：不能审核本单位或本人提交的事项，请由其他审核员办理")
    if cases.held_by_other(case, actor, now):
        return _("该件已由其他审核员领取。需要接手的，请承办人转交，或待领取超时后再领取")
    return None


def _findings(case: m.Case, year: m.ProductYear | None, now: datetime) -> list[dict[str, Any]]:
    """The checker's findings: of an open case checked anew, those not found at submission marked ``new``."""
    submitted = {(found["rule"], found["field"]) for found in case.findings}
    rows = case.findings if year is None else checks.rows(_check(case, year, local_date(now)))
    texts = ("message", "good", "bad") if not in_english() else ("message_en", "good_en", "bad_en")
    shown = [
        {**row, **dict(zip(("message", "good", "bad"), (row.get(name) or "" for name in texts), strict=True)),
         "new": (row["rule"], row["field"]) not in submitted}
        for row in rows
    ]  # fmt: skip
    return sorted(shown, key=lambda row: _GRAVITY.get(row["severity"], 3))


def _check(case: m.Case, year: m.ProductYear, today: date) -> list[checks.Finding]:
    if case.kind == "revocation":
        return checks.of_revocation(year.product, year, str(case.snapshot["revocation_reason"]), today)
    return checks.of_filing(year.product, year, today)


def _patents(case: m.Case) -> list[Patent]:
    submitted: Mapping[str, Any] = case.snapshot.get("patents") or {}
    query = select(m.Patent).where(m.Patent.unit_id == case.unit_id, m.Patent.application_no.in_(submitted))
    known = {patent.application_no: patent for patent in session.scalars(query)} if submitted else {}
    rows = [Patent(changes.shown_number(number), row, known.get(number)) for number, row in submitted.items()]
    return sorted(rows, key=lambda row: (not row.submitted.get("core"), row.number))


def _attachments(case: m.Case, patents: Sequence[Patent], assets: m.AssetYear | None) -> list[Attachment]:
    named = [(facts.label(case.kind, name), value) for name, value in _file_fields(case.snapshot)]
    named += [(facts.label(case.kind, "evidence"), value) for value in case.snapshot.get("evidence") or []]
    named += [
        (_("权属证明 %(number)s", number=p.number), p.submitted["proof"])
        for p in patents
        if p.submitted.get("proof")
    ]
    if assets is not None and assets.statement_file_id is not None:
        named.append(
            (_("%(year)s 年度利润表", year=assets.year), {"id": assets.statement_file_id, "name": ""})
        )
    query = select(m.StoredFile).where(m.StoredFile.id.in_([value["id"] for _title, value in named]))
    stored = {file.id: file for file in session.scalars(query)} if named else {}
    return [
        Attachment(title, value["name"] or str(stored.get(value["id"]) or ""), stored.get(value["id"]))
        for title, value in named
    ]


def _file_fields(snapshot: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    shown = snapshot.get("proposed", snapshot)
    return [(name, value) for name, value in shown.items() if name.endswith("_file_id") and value]


def _ticked(case: m.Case) -> dict[str, tuple[str, datetime]]:
    found = checklist.ticked(case)
    names = people.names([check.checked_by for check in found.values()])
    return {rule: (names.get(check.checked_by or 0, ""), check.checked_at) for rule, check in found.items()}


def _phrases(kind: str) -> dict[str | None, list[str]]:
    """The phrase library of a kind of case, by field; those for the reason under None. Updates use a filing's too."""
    kinds = ("update", "filing") if kind == "update" else (kind,)
    query = select(m.Phrase).where(m.Phrase.kind.in_(kinds)).order_by(m.Phrase.position, m.Phrase.id)
    found: dict[str | None, list[str]] = {}
    for phrase in session.scalars(query):
        found.setdefault(phrase.field or None, []).append(phrase.text)
    return found


def _assets(case: m.Case) -> m.AssetYear | None:
    year = case.snapshot.get("year")
    if year is None:
        return None
    return session.scalars(
        select(m.AssetYear).where(m.AssetYear.unit_id == case.unit_id, m.AssetYear.year == year)
    ).one_or_none()


def _changes(case: m.Case, rounds: Sequence[timeline.Round]) -> list[changes.Changed]:
    """What changed since the round before this one."""
    for earlier, this in pairwise(rounds):
        if this.case.id == case.id:
            return changes.of(case.kind, earlier.case.snapshot, case.snapshot, this.changes)
    return []
