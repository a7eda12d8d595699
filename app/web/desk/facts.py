"""What was submitted, as people read it: a snapshot's fields in the groups and with the names of the unit's own form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.domain.text import Message
from app.registers import classifications
from app.services import fieldsets
from app.web import labels
from app.web.text import render


@dataclass(frozen=True)
class Fact:
    """A field with its text; ``before`` is what stood there, where a change is asked for. ``wide``: text of some length."""

    name: str
    label: str
    text: str
    before: str | None = None
    wide: bool = False
    file_id: int | None = None


@dataclass(frozen=True)
class Group:
    """Fields that stand together in the form."""

    title: str
    facts: list[Fact]


_UNIT_GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_l("单位信息"), ("name", "uscc", "kind", "legal_representative", "founded", "registered_capital", "industry_code",
                  "former_names", "qualifications", "makes_or_sells")),
    (_l("地址与联系方式"), ("province", "city", "district", "address", "contact", "mobile", "email")),
    (_l("证明文件"), ("licence_file_id", "commitment_file_id")),
)  # fmt: skip
_PRODUCT_GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_l("产品信息"), ("name", "model", "models_reason", "nature", "stage", "class_code", "industry_code", "takes_part",
                  "introduction", "launch_date", "picture_file_id")),
    (_l("产品经济数据"), ("year", "output_value", "sales", "volume", "volume_unit", "export", "profit", "margin",
                    "domestic_share", "world_share")),
)  # fmt: skip
GROUPS: dict[str, tuple[tuple[Any, tuple[str, ...]], ...]] = {
    "realname": _UNIT_GROUPS,
    "change": _UNIT_GROUPS,
    "filing": _PRODUCT_GROUPS,
    "update": _PRODUCT_GROUPS,
    "revocation": ((_l("撤销申请"), ("name", "filing_no", "revocation_reason", "revocation_note")),),
}
#: Fields of which a case has lists and tables of its own.
LISTS = ("patents", "evidence")
_OTHER_LABELS = {
    "year": _l("数据年度"), "margin": _l("利润率"), "filing_no": _l("备案编号"), "former_names": _l("曾用名"),
    "qualifications": _l("资质"), "revocation_reason": _l("撤销理由"), "revocation_note": _l("撤销说明"),
    "patents": _l("关联专利"), "evidence": _l("证明材料"),
}  # fmt: skip
_WIDE = frozenset(
    {"models_reason", "introduction", "address", "revocation_note", "class_code", "industry_code"}
)


def of_case(kind: str, snapshot: Mapping[str, Any]) -> list[Group]:
    """The submitted data of a case in groups; a change application shows old and new, and only what changes."""
    if kind == "change":
        return _of_change(snapshot["current"], snapshot["proposed"])
    shown = {**snapshot, "margin": _margin(snapshot)}
    return [
        Group(str(title), [fact(kind, name, shown[name]) for name in names if name in shown])
        for title, names in GROUPS[kind]
    ]


def _of_change(current: Mapping[str, Any], proposed: Mapping[str, Any]) -> list[Group]:
    groups = []
    for title, names in _UNIT_GROUPS:
        facts = [
            fact("change", name, proposed[name], current.get(name)) for name in names if name in proposed
        ]
        groups.append(Group(str(title), facts))
    return [group for group in groups if group.facts]


def fact(kind: str, name: str, value: Any, *before: Any) -> Fact:
    """One field; ``before`` is its former value where there is one to be shown beside it."""
    return Fact(
        name, label(kind, name), text(kind, name, value),
        before=text(kind, name, before[0]) if before else None,
        wide=name in _WIDE,
        file_id=value["id"] if isinstance(value, Mapping) and "id" in value else None,
    )  # fmt: skip


def label(kind: str, name: str) -> str:
    """What a field is called in the form."""
    if name in _OTHER_LABELS:
        return str(_OTHER_LABELS[name])
    sets: Sequence[Any] = fieldsets.UNIT_NAME + fieldsets.UNIT
    if kind in ("filing", "update", "revocation"):
        sets = fieldsets.PRODUCT + fieldsets.YEAR
    found: Message | None = next((field.label for field in sets if field.name == name), None)
    return render(found) if found is not None else name


def text(kind: str, name: str, value: Any) -> str:
    """A snapshot's value as people read it; empty where nothing was given."""
    if value is None or value == "" or value == []:
        return ""
    if name in _READERS:
        return _READERS[name](value)
    if isinstance(value, Mapping):
        return str(value.get("name", ""))
    table = "unit" if kind in ("realname", "change") else "product"
    if isinstance(value, str) and (known := labels.codes(table, name)):
        return known.get(value, value)
    return labels.show(value)


def amount(value: Any) -> str:
    """A sum in 万元."""
    return _("%(amount)s 万元", amount=labels.show(_decimal(value)))


def share(value: Any) -> str:
    """A percentage."""
    return f"{labels.show(_decimal(value))} %"


def _decimal(value: Any) -> Decimal | str:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return str(value)


def _margin(snapshot: Mapping[str, Any]) -> str | None:
    """Profit of sales in %, where both are known."""
    sales, profit = snapshot.get("sales"), snapshot.get("profit")
    if sales is None or profit is None or not Decimal(sales):
        return None
    return str((Decimal(profit) / Decimal(sales) * 100).quantize(Decimal("0.01")))


def product_class(code: str) -> str:
    """A product class with what stands above it."""
    return _node("class", code)


def industry(code: str) -> str:
    """An industry with what stands above it, and whether it is patent-intensive (2019 classification)."""
    match = classifications.is_intensive(code)
    if match is None:
        return _node("industry", code)
    note = _("专利密集型产业：%(name)s", name=labels.intensive_names(match)[1])
    if match.provisional:
        note += _("（暂用对照表）")
    return f"{_node('industry', code)}\n{note}"


def _node(scheme: str, code: str) -> str:
    node = classifications.get(scheme, code)
    if node is None:
        return code
    above = " › ".join(labels.path(node))
    name = labels.classified(scheme, code)
    return _("%(name)s（%(above)s）", name=name, above=above) if above else name


def _day(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _listed(value: Any) -> str:
    return _("、").join(str(labels.QUALIFICATIONS.get(item, item)) for item in value)


_READERS: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(("output_value", "sales", "export", "profit", "registered_capital"), amount),
    **dict.fromkeys(("domestic_share", "world_share", "margin"), share),
    **dict.fromkeys(("province", "city", "district"), labels.region),
    "volume": lambda value: labels.show(_decimal(value)),
    "class_code": product_class,
    "industry_code": industry,
    "qualifications": _listed,
    "founded": _day,
    "launch_date": _day,
    "year": str,
}
