"""The review sheet 审核表 of a case: what was submitted, found, said and decided, for paper and the archive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _

from app import models as m
from app.documents import forms
from app.documents.forms import ReviewSheet, Section
from app.web import labels
from app.web.desk import changes, people
from app.web.desk.dossier import Dossier

Rows = list[tuple[str, str]]


def of(found: Dossier, now: datetime, language: str) -> bytes:
    """The sheet as a PDF."""
    sections = [
        Section(_("受理信息"), _head(found)),
        *(Section(group.title, [(f.label, _old_and_new(f.before, f.text)) for f in group.facts]) for group in found.groups),
        Section(_("关联专利"), [(p.number, changes.linked(p.submitted)) for p in found.patents]),
        Section(_("附件"), [(a.title, a.name) for a in found.attachments]),
        Section(_("核查提示"), [(f["rule"], _("%(severity)s：%(message)s", severity=_severity(f), message=f["message"]))
                            for f in found.findings]),
        Section(_("人工核对项"), [(rule.id, _point(found, rule.id, text)) for rule, text in found.checklist_texts]),
        *(Section(_("第 %(n)s 轮审核", n=r.case.round), _round(r.case, found)) for r in found.rounds),
        Section(_("签字"), [(_("审核人"), "\n"), (_("日期"), "\n")]),
    ]  # fmt: skip
    case = found.case
    data = ReviewSheet(
        title=_("%(kind)s审核表", kind=labels.label("review_case", "kind", case.kind)),
        receipt_no=case.receipt_no,
        sections=[section for section in sections if section.rows],
        site_name=current_app.config["SETTINGS"].site_name,
    )
    return forms.review_sheet(data, now, language)


def _point(found: Dossier, rule_id: str, text: str) -> str:
    if rule_id not in found.ticked:
        return f"□ {text}"
    name, at = found.ticked[rule_id]
    return f"■ {text}\n{name} {labels.show(at)}"


def _head(found: Dossier) -> Rows:
    case = found.case
    return _told([
        (_("受理号"), case.receipt_no), (_("备案单位"), case.unit.name), (_("事项"), labels.label("review_case", "kind", case.kind)),
        (_("标题"), case.title), (_("提交时间"), labels.show(case.submitted_at)), (_("办结期限"), labels.show(case.due_on)),
        (_("状态"), labels.label("review_case", "state", case.state)), (_("承办人"), found.holder),
    ])  # fmt: skip


def _round(case: m.Case, found: Dossier) -> Rows:
    rows = [
        (_("受理号"), case.receipt_no), (_("提交时间"), labels.show(case.submitted_at)),
        (_("结果"), labels.label("review_case", "state", case.state)), (_("办结时间"), labels.show(case.closed_at)),
        (_("审核人"), people.names([case.decided_by]).get(case.decided_by or 0, "")), (_("退回原因"), case.reason or ""),
        (_("提醒处理说明"), case.override_note or ""),
    ]  # fmt: skip
    return _told(rows + [(found.label(remark.field), remark.text) for remark in case.remarks])


def _severity(finding: dict[str, Any]) -> str:
    return labels.label("filing_rule", "severity", finding["severity"])


def _old_and_new(before: str | None, text: str) -> str:
    return text if before is None else f"{before or '—'} → {text or '—'}"


def _told(rows: Iterable[tuple[str, str]]) -> Rows:
    return [(label, text) for label, text in rows if text]
