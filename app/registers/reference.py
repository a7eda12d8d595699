"""Fills the reference tables from ``app/data`` when the platform is set up.

What is there already is left as it is: an administrator may have changed a rule, a parameter or a text, or put
another classification in place of the built-in one.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import insert, select, update

from app import models as m
from app.db import session
from app.domain.clock import local_date, utc_now
from app.domain.normal import DATA
from app.domain.parameters import PARAMETERS
from app.domain.recognition import scheme
from app.registers import classification_files as files
from app.registers import classification_tree, english, example_classes, parameters, region_names, regions


def load_reference_data() -> dict[str, int]:
    """Add what is missing; rows added per table. May be called any number of times; the caller commits."""
    added = {model.__tablename__: fill() for model, fill in _FILLERS.items()}
    _name_in_english()
    parameters.forget()
    for tree in classification_tree.TREES.values():
        tree.forget()
    return added


def _add_missing(model: Any, keys: Collection[str], rows: Iterable[dict[str, Any]]) -> int:
    """Insert the rows whose key columns are not in the table yet."""
    columns = [getattr(model, key) for key in keys]
    known = {tuple(row) for row in session.execute(select(*columns))}
    new = [row for row in rows if tuple(row[key] for key in keys) not in known]
    if new:
        session.execute(insert(model), new)
    return len(new)


def _add_if_empty(model: Any, rows: Callable[[], list[dict[str, Any]]]) -> int:
    """Insert the rows where the table has none: a table that people edit or replace as a whole."""
    if session.execute(select(model).limit(1)).first() is not None:
        return 0
    new = rows()
    session.execute(insert(model), new)
    return len(new)


def _regions() -> int:
    return _add_missing(m.Region, ["code"], (division._asdict() for division in regions.library()))


def _industries() -> int:
    return _add_if_empty(m.Industry, lambda: files.read_industries(DATA / "gbt4754_2017.csv"))


def _intensive() -> int:
    return _add_if_empty(
        m.IntensiveIndustry, lambda: files.read_intensive(DATA / "patent_intensive_2019.csv")
    )


def _product_classes() -> int:
    def rows() -> list[dict[str, Any]]:
        return files.class_records(_example_classes(), example_classes.SCHEME, example_classes.VERSION)

    return _add_if_empty(m.ProductClass, rows)


def _example_classes() -> Iterable[example_classes.ClassRow]:
    industries = session.scalars(select(m.Industry).order_by(m.Industry.level, m.Industry.code))
    return example_classes.derive((i.code, i.name, i.name_en, i.level, i.parent) for i in industries)


def _name_in_english() -> None:
    """Give English names to rows that have none: those of a platform set up before there were any."""
    _fill_names(m.Region, "code", name_en=lambda r: region_names.english(r.name))
    _fill_names(m.Industry, "code", name_en=lambda r: english.industry(r.code, r.name))
    _fill_names(
        m.IntensiveIndustry,
        "industry_code",
        group_name_en=lambda r: english.intensive(r.group_code, r.group_name),
        subgroup_name_en=lambda r: english.intensive(r.subgroup_code, r.subgroup_name),
    )
    example = {(row.code, row.name): row.name_en for row in _example_classes()}
    _fill_names(m.ProductClass, "code", name_en=lambda r: example.get((r.code, r.name), r.name))


def _fill_names(model: Any, key: str, **names: Callable[[Any], str]) -> None:
    first = getattr(model, next(iter(names)))
    nameless = session.scalars(select(model).where(first == "")).all()
    changes = [
        {key: getattr(row, key), **{column: name(row) for column, name in names.items()}} for row in nameless
    ]
    if changes:
        session.execute(update(model), changes)


def _parameters() -> int:
    rows = ({"name": p.name, "value": p.default_text, "note": str(p.label)} for p in PARAMETERS.values())
    return _add_missing(m.Parameter, ["name"], rows)


def _rules() -> int:
    rows = []
    for cells in _read("filing_rules.csv"):
        cells["check_name"] = cells.pop("check")
        rows.append(
            {**cells, "no": int(cells["no"]), "official": cells["official"].lower() in ("true", "yes", "1")}
        )
    return _add_missing(m.FilingRule, ["id"], rows)


def _templates() -> int:
    return _add_missing(m.MessageTemplate, ["code", "language"], _read("message_templates.csv"))


def _phrases() -> int:
    def rows() -> list[dict[str, Any]]:
        return [{**cells, "field": cells["field"] or None, "position": number}
                for number, cells in enumerate(_read("phrases.csv"), start=1)]  # fmt: skip

    return _add_if_empty(m.Phrase, rows)


def _schemes() -> int:
    def rows() -> list[dict[str, Any]]:
        now = utc_now()
        return [{"name": scheme.EXAMPLE["name"], "content": scheme.EXAMPLE, "example": True, "version": 1,
                 "created_at": now, "changed_at": now}]  # fmt: skip

    return _add_if_empty(m.EvaluationScheme, rows)


def _articles() -> int:
    """What staff have changed stays as it is; what is new appears as of today."""
    now = utc_now()
    rows = (
        {**cells, "position": int(cells["position"]), "status": "published", "published_on": local_date(now),
         "version": 1, "created_at": now, "changed_at": now}
        for cells in _read("articles.csv")
    )  # fmt: skip
    return _add_missing(m.Article, ["code"], rows)


def _read(name: str) -> list[dict[str, Any]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


#: in this order: classes are derived from industries
_FILLERS: dict[Any, Callable[[], int]] = {
    m.Region: _regions,
    m.Industry: _industries,
    m.IntensiveIndustry: _intensive,
    m.ProductClass: _product_classes,
    m.Parameter: _parameters,
    m.FilingRule: _rules,
    m.MessageTemplate: _templates,
    m.Phrase: _phrases,
    m.EvaluationScheme: _schemes,
    m.Article: _articles,
}
