"""Reads classifications from tables (CSV, Excel, JSON Lines) and puts them in place of the present ones.

A table is checked as a whole first; with a single fault nothing is changed, and every faulty row is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, select

from app import models as m
from app.db import session
from app.domain.errors import Problem, RuleError
from app.domain.normal import name_key
from app.domain.text import N_, Message
from app.registers import english
from app.registers.classification_tree import INDUSTRY, PRODUCT_CLASS, TREES
from app.registers.example_classes import ClassRow
from app.registers.pinyin import spell
from app.registers.tables import Headings, Row, open_table

INTENSIVE = "intensive"
NAME_MAX = 200
_INDUSTRY_HEADINGS: Headings = {
    "code": ("代码", "行业代码", "code"), "name": ("名称", "类别名称", "行业名称", "name"),
    "section": ("门类", "门类代码", "section"), "name_en": ("英文名称", "name_en"),
}  # fmt: skip
_CLASS_HEADINGS: Headings = {
    "code": ("代码", "分类代码", "code"), "name": ("名称", "分类名称", "name"), "parent": ("上级代码", "parent"),
    "nature": ("产品类型", "产品属性", "nature"), "stage": ("产品阶段", "stage"),
    "name_en": ("英文名称", "name_en"),
}  # fmt: skip
_INTENSIVE_HEADINGS: Headings = {
    "group_code": ("大类代码", "group_code"), "group": ("大类名称", "group"),
    "subgroup_code": ("中类代码", "subgroup_code"), "subgroup": ("中类名称", "subgroup"),
    "code": ("行业代码", "国民经济行业代码", "gb4754_code"), "name": ("行业名称", "国民经济行业名称", "name"),
    "group_en": ("大类英文名称", "group_en"), "subgroup_en": ("中类英文名称", "subgroup_en"),
    "partial": ("部分", "是否部分", "partial"), "provisional": ("provisional",),
}  # fmt: skip
_INTENSIVE_REQUIRED = ("group_code", "group", "subgroup_code", "subgroup", "code")
_NATURES = {
    "goods": "goods",
    "实物产品": "goods",
    "实物": "goods",
    "service": "service",
    "physical product": "goods",
    "technical service": "service",
    "技术服务": "service",
    "服务": "service",
}
_STAGES = {"intermediate": "intermediate", "中间材料": "intermediate", "中间产品": "intermediate",
           "end": "end", "intermediate material": "intermediate", "end product": "end", "终端产品": "end", "最终产品": "end"}  # fmt: skip
_YES = frozenset({"yes", "true", "1", "是", "*", "部分", "y"})


@dataclass(frozen=True)
class ClassificationResult:
    """Rows now in place, and codes that records use but the new table does not have."""

    rows: int
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"loaded={self.rows} missing_in_use={','.join(self.missing) or 'none'}"


class Faults:
    """Collects what is wrong with the rows and raises it all at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.by_row: list[tuple[int, Message]] = []

    def add(self, row: int, message: Message) -> None:
        """Note what is wrong with a row."""
        self.by_row.append((row, message))
        self.problems.append(Problem(f"rows.{row}", N_("第 {row} 行：{reason}", row=row, reason=message)))

    def raise_any(self) -> None:
        """RuleError with all that was noted, if anything was."""
        if self.problems:
            raise RuleError(self.problems)


def load_classification(
    scheme: str, path: Path, *, name: str = "", version: str = ""
) -> ClassificationResult:
    """Put the table at ``path`` in place of classification ``scheme``: ``industry``, ``class`` or ``intensive``.

    ``name`` and ``version`` label a product classification (default: the file's name). RuleError with a problem per
    faulty row, nothing changed. The caller commits.
    """
    load = _LOADERS.get(scheme)
    if load is None:
        raise RuleError([Problem("scheme", N_("分类只有 {names}", names="、".join(_LOADERS)))])
    result = load(path, name or path.stem[:40], version[:20])
    forget_trees()
    return result


def forget_trees() -> None:
    """Have the classifications read anew."""
    for tree in TREES.values():
        tree.forget()


def _load_industries(path: Path, _name: str, _version: str) -> ClassificationResult:
    rows = read_industries(path)
    replace(m.Industry, rows)
    used = [m.Product.industry_code, m.Unit.industry_code]
    return ClassificationResult(len(rows), _missing(used, {row["code"] for row in rows}))


def read_industries(path: Path) -> list[dict[str, Any]]:
    """Rows for ``models.Industry`` of a file."""
    faults = Faults()
    return industry_rows(open_table(path, _INDUSTRY_HEADINGS, ("code", "name")).rows(faults.add), faults)


def industry_rows(rows: Iterable[Row], faults: Faults) -> list[dict[str, Any]]:
    """Rows for ``models.Industry``. Levels follow from the codes; divisions belong to the section named in their row
    or, as in the standard's own table, to the last one above."""
    section = ""
    found: dict[str, dict[str, Any]] = {}
    for number, cells in rows:
        code = cells["code"].upper()
        level = 1 if re.fullmatch("[A-T]", code) else len(code)
        section = code if level == 1 else cells.get("section", "").upper() or section
        parent = None if level == 1 else section if level == 2 else code[:-1]
        if not re.fullmatch("[A-T]|[0-9]{2,4}", code):
            faults.add(number, N_("代码“{code}”应为一位字母或二至四位数字", code=code[:20]))
        elif _is_named_once(faults, number, code, cells, found):
            if parent is not None and parent not in found:
                faults.add(number, N_("上级代码 {code} 不在本行之前", code=parent or "?"))
            name_en = cells.get("name_en") or english.industry(code, cells["name"])
            found[code] = {"code": code, "name": cells["name"], "name_en": name_en, "level": level, "parent": parent,
                           "section": section, "initials": spell(cells["name"]).initials}  # fmt: skip
    faults.raise_any()
    return _not_empty(list(found.values()))


def _load_classes(path: Path, name: str, version: str) -> ClassificationResult:
    faults = Faults()
    table = open_table(path, _CLASS_HEADINGS, ("code", "name", "parent"))
    rows = class_rows(table.rows(faults.add), faults)
    replace(m.ProductClass, class_records(rows, name, version))
    return ClassificationResult(len(rows), _missing([m.Product.class_code], {row.code for row in rows}))


def class_records(rows: Iterable[ClassRow], scheme: str, version: str) -> list[dict[str, Any]]:
    """Rows for ``models.ProductClass``."""
    label = {"scheme": scheme, "scheme_version": version}
    return [{**row._asdict(), **label, "initials": spell(row.name).initials} for row in rows]


def class_rows(table: Iterable[Row], faults: Faults) -> list[ClassRow]:
    """Classes of a table; nature and stage where blank are those of the nearest row above."""
    found: _Found = {}
    for number, cells in table:
        code = cells["code"]
        if not re.fullmatch(r"[0-9A-Za-z.\-]{1,20}", code):
            faults.add(number, N_("代码“{code}”应为 1 至 20 位字母、数字、点或短横", code=code[:30]))
        elif _is_named_once(faults, number, code, cells, found):
            found[code] = (number, cells)
    parents = {cells["parent"] for _, cells in found.values()}
    rows = []
    for code, (number, cells) in found.items():
        chain = _chain(code, found)
        if chain is None:
            faults.add(number, N_("上级代码“{code}”不存在或循环", code=cells["parent"][:20]))
            continue
        is_leaf = code not in parents
        nature = _inherited(faults, number, chain, found, "nature", _NATURES, required=is_leaf)
        stage = _inherited(
            faults, number, chain, found, "stage", _STAGES, required=is_leaf and nature == "goods"
        )
        rows.append(
            ClassRow(
                code,
                cells["name"],
                cells["parent"] or None,
                is_leaf,
                nature,
                stage or ("end" if is_leaf else None),
                cells.get("name_en") or cells["name"],
            )
        )
    faults.raise_any()
    return _not_empty(rows)


_Found = dict[str, tuple[int, dict[str, str]]]


def _chain(code: str, found: _Found) -> list[str] | None:
    """The code and those above it, bottom first; None where one is missing or they run in a circle."""
    chain = [code]
    while parent := found[chain[-1]][1]["parent"]:
        if parent not in found or parent in chain:
            return None
        chain.append(parent)
    return chain


def _inherited(
    faults: Faults,
    number: int,
    chain: list[str],
    found: _Found,
    field: str,
    words: dict[str, str],
    *,
    required: bool,
) -> str | None:
    """The code of the word in the row or, where blank, in the nearest row above it."""
    word = next((text for code in chain if (text := found[code][1].get(field, ""))), "")
    if word.lower() not in words and (word or required):
        faults.add(number, N_("“{text}”不是可用的值，请填写：{words}", text=word[:20],
                              words="、".join(w for w in words if not w.isascii())))  # fmt: skip
    return words.get(word.lower())


def _load_intensive(path: Path, _name: str, _version: str) -> ClassificationResult:
    rows = read_intensive(path)
    replace(m.IntensiveIndustry, rows)
    return ClassificationResult(len(rows))


def read_intensive(path: Path) -> list[dict[str, Any]]:
    """Rows for ``models.IntensiveIndustry`` of a file."""
    faults = Faults()
    return intensive_rows(open_table(path, _INTENSIVE_HEADINGS, _INTENSIVE_REQUIRED).rows(faults.add), faults)


def intensive_rows(rows: Iterable[Row], faults: Faults) -> list[dict[str, Any]]:
    """Rows for ``models.IntensiveIndustry``; provisional only where the table itself says so."""
    industries = dict(
        session.execute(select(m.Industry.code, m.Industry.name).where(m.Industry.level == 4)).all()
    )
    found: dict[str, dict[str, Any]] = {}
    for number, cells in rows:
        code = cells["code"].rstrip("*")
        blank = [field for field in _INTENSIVE_REQUIRED if not cells[field]]
        if code not in industries:
            faults.add(number, N_("{code} 不是 GB/T 4754-2017 的四位小类", code=code[:20]))
        elif name_key(cells.get("name", "")) not in ("", name_key(industries[code])):
            faults.add(number, N_("{code} 的名称应为“{name}”", code=code, name=industries[code]))
        elif blank:
            faults.add(
                number, N_("“{names}”不能为空", names="、".join(_INTENSIVE_HEADINGS[f][0] for f in blank))
            )
        elif code in found:
            faults.add(number, N_("代码 {code} 重复", code=code))
        else:
            found[code] = {
                "industry_code": code, "group_code": cells["group_code"], "group_name": cells["group"],
                "group_name_en": cells.get("group_en") or english.intensive(cells["group_code"], cells["group"]),
                "subgroup_code": cells["subgroup_code"], "subgroup_name": cells["subgroup"],
                "subgroup_name_en": cells.get("subgroup_en") or english.intensive(cells["subgroup_code"], cells["subgroup"]),
                "partial": cells["code"].endswith("*") or cells.get("partial", "").lower() in _YES,
                "provisional": cells.get("provisional", "").lower() in _YES,
            }  # fmt: skip
    faults.raise_any()
    return _not_empty(list(found.values()))


def _is_named_once(
    faults: Faults, number: int, code: str, cells: dict[str, str], found: dict[str, Any]
) -> bool:
    name = cells["name"]
    if code in found:
        faults.add(number, N_("代码 {code} 重复", code=code))
    elif not name or len(name) > NAME_MAX or len(cells.get("name_en", "")) > NAME_MAX:
        faults.add(number, N_("名称不能为空，也不能超过 200 个字"))
    else:
        return True
    return False


def _not_empty(rows: list[Any]) -> list[Any]:
    if not rows:
        raise RuleError([Problem("file", N_("文件中没有内容"))])
    return rows


def replace(model: Any, rows: list[dict[str, Any]]) -> None:
    """Put ``rows`` in place of all rows of ``model``."""
    session.execute(delete(model))
    session.execute(insert(model), rows)


def _missing(used: list[Any], codes: set[str]) -> tuple[str, ...]:
    """Codes in use that are not among ``codes``."""
    found: set[str] = set()
    for column in used:
        found |= {
            code for code in session.scalars(select(column).where(column.is_not(None)).distinct()) if code
        }
    return tuple(sorted(found - codes))


_LOADERS: dict[str, Callable[[Path, str, str], ClassificationResult]] = {
    INDUSTRY: _load_industries, PRODUCT_CLASS: _load_classes, INTENSIVE: _load_intensive,
}  # fmt: skip
