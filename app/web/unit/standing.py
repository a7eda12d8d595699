"""What a unit reads of a product's place in a round: what comes next, how a reason is mended, what it answered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from flask_babel import gettext as _

from app import models as m
from app.domain.clock import local_date
from app.domain.normal import parse_money
from app.domain.recognition import supplement_fields as fields
from app.services import updates
from app.services.recognition import deadlines
from app.web.labels import show
from app.web.text import render


class Next(NamedTuple):
    """What comes next, in a sentence, and the unit's own step where there is one (address and what the button says)."""

    text: str
    href: str = ""
    action: str = ""


def next_step(recognition: m.Recognition, now: datetime) -> Next:
    """What comes next for a product in a round."""
    return _NEXT[recognition.state](recognition, now)


def _due(recognition: m.Recognition, now: datetime) -> Next:
    last = deadlines.of(recognition)
    left = (last - local_date(now)).days
    if left < 0:
        return Next(_("补充信息已于 %(day)s 截止，未提交的不进入评价", day=show(last)))
    href = f"/my/recognition/{recognition.id}/supplement"
    if left == 0:
        return Next(_("补充信息今天（%(day)s）截止，请尽快提交", day=show(last)), href, _("填写补充信息"))
    return Next(
        _("请在 %(day)s（含）前补充信息，还剩 %(n)d 天", day=show(last), n=left), href, _("填写补充信息")
    )


def _supplemented(recognition: m.Recognition, now: datetime) -> Next:
    if deadlines.passed(recognition, now):
        return Next(_("补充信息已提交，等待评价"))
    last = show(deadlines.of(recognition))
    return Next(_("补充信息已提交，等待评价；%(day)s（含）前、评价开始前可以撤回修改", day=last))


def _in_notice(recognition: m.Recognition, _now: datetime) -> Next:
    if recognition.notice is None:
        return Next(_("正在公示"))
    return Next(_("正在公示，至 %(day)s 止", day=show(recognition.notice.ends_on)))


def _recognised(recognition: m.Recognition, _now: datetime) -> Next:
    return Next(
        _("认定有效期至 %(day)s；更新年度数据后可以参加下一批认定", day=show(recognition.valid_until))
    )


def _said(text: Callable[[], str]) -> Callable[[m.Recognition, datetime], Next]:
    return lambda _recognition, _now: Next(text())


_NEXT: dict[str, Callable[[m.Recognition, datetime], Next]] = {
    "candidate": _said(lambda: _("已列入候选，等待初筛")),
    "passed": _said(lambda: _("初筛已通过，等待通知补充信息")),
    "screened_out": _said(lambda: _("初筛未通过，不进入评价；各项指标见初筛结果")),
    "supplement_due": _due,
    "supplemented": _supplemented,
    "overdue": _said(lambda: _("没有按期补充信息，不进入评价；确有原因的，请联系认定工作人员申请延期")),
    "evaluating": _said(lambda: _("正在评价，结果会另行通知")),
    "proposed": _said(lambda: _("拟认定，等待公示")),
    "not_passed": _said(lambda: _("没有通过评价，本批不予认定")),
    "in_notice": _in_notice,
    "objected": _said(lambda: _("公示期间收到异议，正在处理；办结前不能认定")),
    "recognised": _recognised,
    "refused": _said(lambda: _("本批不予认定")),
    "expired": _said(lambda: _("认定已到期；可以更新年度数据，参加新一批认定")),
    "withdrawn": _said(lambda: _("认定已撤销，证书失效")),
}
#: States that end a product's way through the round, or a recognition, with a reason the unit reads.
REASONED = ("not_passed", "refused", "withdrawn")


class Mend(NamedTuple):
    """Where a reason that keeps a product from being a candidate is mended, and what the link says."""

    href: str
    text: str


def mend(code: str, product: m.Product, round_: m.RecognitionRound, now: datetime) -> Mend | None:
    """The way to mend a reason (a code of ``candidacy.REASONS``); None where it is too late, or never was one."""
    page = f"/my/products/{product.id}"
    if code == "not_filed":
        editable = product.state in ("draft", "returned")
        return Mend(page, _("继续备案") if editable else _("查看备案进度"))
    if code in ("no_data", "data_not_approved", "no_sales"):
        due = updates.data_year(local_date(now)) == round_.data_year
        return Mend(f"{page}?year={round_.data_year}" if code != "no_data" else page,
                    _("更新年度数据") if due else _("查看年度数据"))  # fmt: skip
    if code in ("revoked", "not_taking_part"):
        return Mend(page, _("查看产品"))
    return None


class Answer(NamedTuple):
    """An answer as people read it."""

    label: str
    text: str
    is_text: bool


class Dimension(NamedTuple):
    """A dimension with its answers and evidence."""

    code: str
    label: str
    answers: list[Answer]
    files: list[m.StoredFile]


def dimensions(supplement: m.Supplement) -> list[Dimension]:
    """What was answered, dimension by dimension."""
    return [
        Dimension(
            code,
            render(label),
            [_answer(asked, supplement.answers.get(asked.name, "")) for asked in fields.of(code)],
            [each.file for each in supplement.files if each.dimension == code],
        )
        for code, label in fields.DIMENSIONS.items()
    ]


def _answer(asked: fields.SupplementField, kept: str) -> Answer:
    return Answer(render(asked.label), _readable(asked, kept), asked.kind == fields.TEXT)


def _readable(asked: fields.SupplementField, kept: str) -> str:
    if not kept or asked.kind == fields.TEXT:
        return kept
    if asked.kind == fields.CHOICE:
        return render(asked.options[kept]) if kept in asked.options else kept
    number = f"{parse_money(kept):,.2f}" if asked.kind != fields.COUNT else f"{int(kept):,}"
    return f"{number} {render(asked.unit)}" if asked.unit else number
