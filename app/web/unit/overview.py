"""What the workspace shows of the unit's state: counts, open cases, what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from app import models as m
from app.db import session
from app.domain.machines import VERIFIED_STATES
from app.services import assets, updates
from app.services.recognition import deadlines

#: The product tabs and the states they hold; 未更新 is worked out.
TABS: dict[str, tuple[str, ...]] = {
    "draft": ("draft",),
    "pending": ("pending", "revocation_pending"),
    "returned": ("returned",),
    "filed": ("filed",),
    "outdated": (),
    "revoked": ("revoked",),
}


@dataclass(frozen=True)
class Todo:
    """A line of the checklist: ``state`` is done, busy (with staff), todo or blocked (something else comes first)."""

    state: str
    title: str
    text: str
    href: str
    action: str = ""


def tab_title(tab: str) -> str:
    """What a tab is called."""
    titles = {"draft": _("草稿"), "pending": _("审核中"), "returned": _("不通过"), "filed": _("已备案"),
              "outdated": _("未更新"), "revoked": _("已撤销")}  # fmt: skip
    return titles[tab]


def products(tab: str, today: date) -> Select[tuple[m.Product]]:
    """The products of a tab."""
    if tab == "outdated":
        return updates.not_updated(today)
    return select(m.Product).where(m.Product.state.in_(TABS[tab]))


def counts(today: date) -> dict[str, int]:
    """How many of the unit's products each tab holds."""
    query = select(m.Product.state, func.count().label("number")).group_by(m.Product.state)
    by_state = {row.state: row.number for row in session.execute(query)}
    result = {tab: sum(by_state.get(state, 0) for state in states) for tab, states in TABS.items()}
    outdated = updates.not_updated(today).with_only_columns(func.count(), maintain_column_froms=True)
    result["outdated"] = session.execute(outdated).scalar_one()
    return result


def updates_begun(rows: Iterable[m.Product], today: date) -> dict[int, m.ProductYear]:
    """The data of the year that is due, by product, where an update has been begun."""
    query = select(m.ProductYear).where(
        m.ProductYear.product_id.in_([row.id for row in rows]), m.ProductYear.year == updates.data_year(today)
    )
    return {year.product_id: year for year in session.scalars(query)}


def open_cases() -> list[m.Case]:
    """What the unit has handed in and staff have not decided, by due date."""
    return list(
        session.scalars(select(m.Case).where(m.Case.state == "open").order_by(m.Case.due_on, m.Case.id))
    )


def last_decided(kind: str, subject_id: int) -> m.Case | None:
    """The latest submission of a kind about a subject that was not withdrawn."""
    query = select(m.Case).where(
        m.Case.kind == kind, m.Case.subject_id == subject_id, m.Case.state != "withdrawn"
    )
    return session.scalars(query.order_by(m.Case.id.desc()).limit(1)).first()


def latest_messages(user_id: int | None, limit: int = 5) -> list[m.Outbox]:
    """The newest messages of the inbox."""
    query = select(m.Outbox).where(m.Outbox.channel == "inapp", m.Outbox.user_id == user_id)
    return list(session.scalars(query.order_by(m.Outbox.id.desc()).limit(limit)))


def checklist(unit: m.Unit, numbers: dict[str, int], today: date) -> list[Todo]:
    """What comes next, in the order the process asks for it."""
    verified = unit.state in VERIFIED_STATES
    gate = assets.gate(unit.id, today)
    has_patents = session.scalar(select(m.Patent.id).limit(1)) is not None
    first = [_identity(unit, verified), _assets(gate), _patents(verified, has_patents)]
    later = [*_further_information(today), *_later(numbers, gate.year)]
    return [*first, _filing(numbers, verified and gate.ok), *later]


def _further_information(today: date) -> list[Todo]:
    """What was asked for in rounds of recognition and can still be given, with the first deadline."""
    due = deadlines.column()
    query = select(func.count(m.Recognition.id), func.min(due)).join(m.Recognition.round)
    count, first = session.execute(query.where(m.Recognition.state == "supplement_due", due >= today)).one()
    if not count:
        return []
    text = _(
        "%(n)d 个产品初筛已通过，请在 %(day)s（含）前补充信息，还剩 %(left)d 天",
        n=count,
        day=first,
        left=(first - today).days,
    )
    return [Todo("todo", _("补充认定信息"), text, "/my/recognition/", _("去填写"))]


def _later(numbers: dict[str, int], year: int) -> list[Todo]:
    """What comes up once products are under way."""
    todos = []
    if numbers["returned"]:
        text = _("%(n)d 个产品审核未通过，按意见修改后重新提交", n=numbers["returned"])
        todos.append(Todo("todo", _("修改不通过的备案"), text, "/my/products/?tab=returned", _("去修改")))
    if numbers["outdated"]:
        text = _("%(n)d 个已备案产品尚未更新", n=numbers["outdated"])
        todos.append(
            Todo(
                "todo",
                _("更新 %(year)d 年度数据", year=year),
                text,
                "/my/products/?tab=outdated",
                _("去更新"),
            )
        )
    return todos


def _identity(unit: m.Unit, verified: bool) -> Todo:
    href, title = "/my/identity/", _("实名认证")
    if verified:
        return Todo("done", title, _("已通过，可以备案产品"), href)
    if unit.state == "pending":
        return Todo("busy", title, _("已提交，等待审核"), href, _("查看进度"))
    if unit.state == "returned":
        return Todo("todo", title, _("审核未通过，请按意见修改后重新提交"), href, _("去修改"))
    return Todo("todo", title, _("核对单位信息，上传营业执照和盖章的诚信承诺书"), href, _("去认证"))


def _assets(gate: assets.Gate) -> Todo:
    title, href = _("填报 %(year)d 年度资产信息", year=gate.year), f"/my/assets/{gate.year}"
    if gate.ok:
        return Todo("done", title, _("已完成"), href)
    return Todo("todo", title, _("提交备案、年度更新之前必须填完，并上传利润表"), href, _("去填报"))


def _patents(verified: bool, has_patents: bool) -> Todo:
    title, href = _("准备专利信息"), "/my/patents/"
    if has_patents:
        return Todo("done", title, _("专利信息中已有专利，备案时从中选择"), href)
    if not verified:
        return Todo("blocked", title, _("实名认证通过后，可按单位名称一键导入"), href)
    return Todo("todo", title, _("按单位名称一键导入，或手工添加受让、许可的专利"), href, _("去导入"))


def _filing(numbers: dict[str, int], ready: bool) -> Todo:
    title, href = _("备案产品"), "/my/products/"
    if numbers["filed"]:
        return Todo("done", title, _("已备案 %(n)d 个产品", n=numbers["filed"]), href)
    if numbers["pending"]:
        return Todo("busy", title, _("审核中 %(n)d 个", n=numbers["pending"]), href, _("查看进度"))
    if ready:
        return Todo("todo", title, _("分四步填写，随时可以暂存"), href, _("去备案"))
    return Todo("blocked", title, _("可以先写草稿；完成前面几项后才能提交"), href, _("去备案"))


def patents_flagged(rows: Iterable[Any]) -> list[Any]:
    """Filed products whose linked patents have lapsed, those with none left first."""
    return sorted(rows, key=lambda flag: (not flag.all_lapsed, flag.product.id))
