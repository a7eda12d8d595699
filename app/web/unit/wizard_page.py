"""What the wizard's pages show beside the form: the step bar, remarks, patents, findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain import contributions
from app.domain.clock import local_date
from app.domain.contributions import Link
from app.registers import classifications, parameters
from app.services import assets, checks, snapshots
from app.web import labels
from app.web.desk import facts
from app.web.text import in_english, render
from app.web.unit import corrections
from app.web.unit.base import seen_version
from app.web.unit.flows import Flow, step_of
from app.web.unit.lookups import intensive_row
from app.web.unit.record_forms import RecordForm

#: Own patents offered at once in step 2; more are found by searching.
OFFERED = 20


@dataclass(frozen=True)
class BarStep:
    """A step of the bar: done, present or neither; ``marks`` counts the reviewer's remarks on it."""

    number: int
    title: str
    href: str
    done: bool
    present: bool
    marks: int


def context(flow: Flow, step: int, form: RecordForm, now: datetime) -> dict[str, Any]:
    """The values of a step's template."""
    correction = corrections.Correction()
    if flow.record.state == "returned":
        correction = corrections.of(flow.actor, flow.kind, flow.record.id, flow.place)
    return {
        "title": _title(flow), "correction": correction, "bar": _bar(flow, step, correction.remarks),
        **_OF_STEP[step](flow, form, now),
    }  # fmt: skip


def _title(flow: Flow) -> str:
    if flow.kind == "update":
        return _("%(year)d 年度更新：%(name)s", year=flow.year.year, name=flow.product.name)
    return _("备案产品：%(name)s", name=flow.product.name) if flow.product.name else _("备案产品")


def _bar(flow: Flow, present: int, remarks: Iterable[str]) -> list[BarStep]:
    titles = (_("填写产品信息"), _("关联专利信息"), _("上传证明材料"), _("提交审核"))
    done, marked = flow.done, [step_of(name) for name in remarks]
    return [
        BarStep(n, title, f"{flow.href}/step/{n}", done[n], n == present, marked.count(n))
        for n, title in enumerate(titles, start=1)
    ]


def _step_1(flow: Flow, form: RecordForm, _now: datetime) -> dict[str, Any]:
    shown = {
        "limits": (parameters.integer("introduction_min"), parameters.integer("introduction_max")),
        "scheme": classifications.scheme(),
    }
    if flow.kind == "update":
        return {**shown, "groups": facts.of_case("filing", snapshots.of_year(flow.product, flow.year))[:1]}
    industry = str(form._fields["industry_code"].data or "")
    return {
        **shown, "picked": {name: labels.classified(scheme, str(form._fields[name].data or ""))
                            for scheme, name in (("class", "class_code"), ("industry", "industry_code"))},
        "intensive": intensive_row(industry) if industry else None,
    }  # fmt: skip


def _step_2(flow: Flow, _form: RecordForm, now: datetime) -> dict[str, Any]:
    linked = {link.patent_id for link in flow.year.links}
    query = select(m.Patent).where(m.Patent.unit_id == flow.year.unit_id, m.Patent.id.not_in(linked))
    offered = session.scalars(
        query.order_by(m.Patent.legal_state.desc(), m.Patent.id.desc()).limit(OFFERED + 1)
    ).all()
    total = contributions.total([Link(link.core, link.contribution) for link in flow.year.links])
    return {"links": flow.year.links, "offered": offered[:OFFERED], "more": len(offered) > OFFERED, "total": total,
            "today": local_date(now)}  # fmt: skip


def _step_3(flow: Flow, form: RecordForm, _now: datetime) -> dict[str, Any]:
    field = form._fields.get("picture_file_id")
    file_id = None if field is None else seen_version(field.data)
    return {
        "evidence": flow.year.evidence, "picture": None if file_id is None else session.get(m.StoredFile, file_id),
        "limit": parameters.integer("upload_max_mib"), "picture_limit": parameters.integer("picture_max_mib"),
    }  # fmt: skip


def _step_4(flow: Flow, _form: RecordForm, now: datetime) -> dict[str, Any]:
    gates = checks.gate_problems(flow.product.unit, True, local_date(now))
    snapshot = snapshots.of_year(flow.product, flow.year)
    return {
        "gates": [(render(p.message), _gate_href(p.rule, local_date(now).year - 1)) for p in gates],
        "findings": [{**row, "href": _href(flow, row["field"])} for row in finding_rows(flow.findings(now))],
        "groups": facts.of_case("filing", snapshot), "snapshot": snapshot,
    }  # fmt: skip


_OF_STEP = {1: _step_1, 2: _step_2, 3: _step_3, 4: _step_4}


def _gate_href(rule: str | None, year: int) -> str:
    return f"/my/assets/{year}" if rule == assets.RULE else "/my/identity/"


def _href(flow: Flow, field: str | None) -> str:
    root = (field or "").partition(".")[0]
    elsewhere = {"unit": "/my/identity/", "assets": f"/my/assets/{flow.year.year}"}
    return elsewhere.get(root) or f"{flow.href}/step/{step_of(field)}#{root or 'content'}"


def finding_rows(found: Iterable[checks.Finding]) -> list[dict[str, Any]]:
    """Findings for the page and its scripts, in the reader's language."""
    language = "en" if in_english() else "zh"
    return [{**finding.to_dict(language, render), "step": step_of(finding.field)} for finding in found]


def refused_rows(flow: Flow, refusal: checks.Refused) -> list[tuple[str, str]]:
    """Why a submission was refused: each sentence with the place where it is put right."""
    year = flow.year.year
    return [
        (render(p.message), _gate_href(p.rule, year) if p.field is None else
         "#commitment" if p.field == "commitment" else _href(flow, p.field))
        for p in refusal.problems
    ]  # fmt: skip
