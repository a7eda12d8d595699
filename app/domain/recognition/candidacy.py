"""Who is a candidate of a round (mission E2): filed by the deadline, taking part, with approved data of the data year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.text import N_, Message

#: why a product is not a candidate, in the order in which it is told; the code counts, the sentence explains
REASONS: dict[str, Message] = {
    "not_filed": N_("尚未完成备案"),
    "revoked": N_("备案已撤销或正在申请撤销"),
    "filed_late": N_("备案晚于截止日"),
    "not_taking_part": N_("未选择参与认定"),
    "no_data": N_("缺少数据年度的数据"),
    "data_not_approved": N_("数据年度的数据尚未审核通过"),
    "data_late": N_("数据年度的数据晚于截止日通过"),
    "no_sales": N_("数据年度没有销售收入"),
}


@dataclass(frozen=True)
class Terms:
    """What a round asks for."""

    data_year: int
    deadline: date


@dataclass(frozen=True)
class Filing:
    """What is looked at of a product; ``data_state`` and what follows it are those of its data of the data year."""

    state: str
    filed_on: date | None
    takes_part: bool | None
    data_state: str | None
    approved_on: date | None
    sales: Decimal | None


def exclusions(filing: Filing, terms: Terms) -> list[str]:
    """The codes of all reasons why it is no candidate; empty where it is one."""
    return [*_of_filing(filing, terms), *_of_data(filing, terms)]


def _of_filing(filing: Filing, terms: Terms) -> Iterator[str]:
    if filing.state in ("revoked", "revocation_pending"):
        yield "revoked"
    elif filing.state != "filed":
        yield "not_filed"
    elif filing.filed_on is None or filing.filed_on > terms.deadline:
        yield "filed_late"
    if not filing.takes_part:
        yield "not_taking_part"


def _of_data(filing: Filing, terms: Terms) -> Iterator[str]:
    if filing.data_state is None:
        yield "no_data"
        return
    if filing.data_state != "updated":
        yield "data_not_approved"
    elif filing.approved_on is not None and filing.approved_on > terms.deadline:
        yield "data_late"
    if filing.sales is None or filing.sales <= 0:
        yield "no_sales"


def sentence(reason: str, filing: Filing, terms: Terms, today: date) -> Message:
    """A reason in words for the unit: what is wrong, and by when it can still be mended."""
    year, deadline = terms.data_year, terms.deadline
    if reason == "filed_late":
        return N_(
            "备案日期 {filed_on} 晚于本批次的截止日 {deadline}", filed_on=filing.filed_on, deadline=deadline
        )
    if reason == "data_late":
        return N_(
            "{year} 年度的数据于 {approved_on} 审核通过，晚于本批次的截止日 {deadline}",
            year=year, approved_on=filing.approved_on, deadline=deadline,
        )  # fmt: skip
    late = today > deadline
    told = (_TOO_LATE if late else _STILL_TIME)[reason]
    return Message(told.msgid, {"year": year, "deadline": deadline})


_STILL_TIME: dict[str, Message] = {
    "not_filed": N_("该产品尚未完成备案；须在 {deadline} 前备案", deadline=""),
    "revoked": N_("该产品的备案已撤销或正在申请撤销"),
    "not_taking_part": N_("该产品填报时没有选择参与认定"),
    "no_data": N_("缺少 {year} 年度的数据；请在 {deadline} 前完成年度更新并通过审核", year="", deadline=""),
    "data_not_approved": N_("{year} 年度的数据尚未审核通过；须在 {deadline} 前通过", year="", deadline=""),
    "no_sales": N_("{year} 年度的销售收入为 0 或未填写，不符合“已取得较好的市场经济效益”的要求", year=""),
}
_TOO_LATE: dict[str, Message] = _STILL_TIME | {
    "not_filed": N_("该产品在截止日 {deadline} 前没有完成备案", deadline=""),
    "no_data": N_("截止日 {deadline} 前没有 {year} 年度的数据", year="", deadline=""),
    "data_not_approved": N_("截止日 {deadline} 前 {year} 年度的数据没有审核通过", year="", deadline=""),
}
