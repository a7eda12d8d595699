"""Who may file (mission A4, manual (1)(1)): a legal person that makes or sells the product."""

from __future__ import annotations

import re

from app.domain import uscc as codes
from app.domain.errors import Problem
from app.domain.normal import clean
from app.domain.text import N_, Message

# A branch has no legal personality; only its name shows it, for it has a code 91 of its own (domain.md §5).
_BRANCH_ENDS = (
    "分公司", "分厂", "分店", "分院", "分所", "分校", "分行", "支行", "分社", "分部", "分支机构", "营业部", "办事处",
    "代表处", "联络处", "门市部", "项目部", "事业部",
)  # fmt: skip
_BRACKETED = re.compile(r"[（(][^（()）]*[)）]")

CLAUSE = N_("操作手册 (1)(1)")


def is_branch(name: str) -> bool:
    """Whether the name is that of a branch without legal personality (``…分公司``, ``…办事处``)."""
    plain = _BRACKETED.sub("", clean(name))
    return "分公司" in plain or plain.endswith(_BRANCH_ENDS)


def is_self_employed(uscc: str) -> bool:
    """Whether the code is one of a 个体工商户 (class 92), who is no legal person."""
    return codes.kind_of(clean(uscc).upper()) == codes.SELF_EMPLOYED


def problems(name: str, uscc: str, kind: str, makes_or_sells: bool) -> list[Problem]:
    """Why a unit may not file, each with its rule's id and the clause it rests on (``kind``: as in its record)."""
    found = []
    if is_branch(name):
        message = N_(
            "“{name}”是没有独立法人资格的分支机构，不能备案，请由所属法人单位备案（依据：{clause}）",
            name=clean(name),
            clause=CLAUSE,
        )
        found.append(Problem("name", message, "R01"))
    if is_self_employed(uscc):
        message = N_("个体工商户不具有独立法人资格，不能备案（依据：{clause}）", clause=CLAUSE)
        found.append(Problem("uscc", message, "R01-person"))
    if not makes_or_sells:
        found.append(Problem("makes_or_sells", _no_maker(kind), "R02"))
    return found


def _no_maker(kind: str) -> Message:
    if kind in ("university", "institute"):
        return N_(
            "高等院校、科研院所既不制造也不销售该产品的，不能备案；如制造或销售，请勾选声明（依据：{clause}）",
            clause=CLAUSE,
        )
    return N_("备案单位应制造或销售所备案的产品，请勾选声明（依据：{clause}）", clause=CLAUSE)
