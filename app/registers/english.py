"""English names of the classifications: our own translations (``app/data/*_en.csv``), not the statistical office's.

A table that is loaded may bring its own English column; where neither it nor we have a name, the Chinese one stands.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from functools import cache

from app.domain.normal import data_lines

_ACTIVITY = re.compile(
    r"^(?:Other )?(?:manufacture|growing|raising|breeding|gathering|mining(?: and washing)?|extraction|quarrying|production"
    r"|processing|logging and transport|cutting and transport|cultivation) of ",
    re.IGNORECASE,
)


def industry(code: str, name: str) -> str:
    """The English name of industry ``code`` if it is the one called ``name``, else ``name`` itself."""
    known, translated = _industries().get(code, ("", ""))
    return translated if known == name else name


def intensive(code: str, name: str) -> str:
    """The English name of a group or subgroup of the patent-intensive industries, else ``name`` itself."""
    known, translated = _groups().get(code, ("", ""))
    return translated if known == name else name


def product(code: str, industry_name: str) -> str:
    """What industry ``code`` makes: Manufacture of batteries makes Batteries."""
    own = _products().get(code)
    if own is not None:
        return own
    made = _ACTIVITY.sub("", industry_name)
    return made[:1].upper() + made[1:]


@cache
def _industries() -> dict[str, tuple[str, str]]:
    names = {row["code"]: row["name"] for row in csv.DictReader(data_lines("gbt4754_2017.csv"))}
    translated = _pairs(data_lines("industries_en.csv"))
    return {code: (name, translated[code]) for code, name in names.items()}


@cache
def _groups() -> dict[str, tuple[str, str]]:
    rows = csv.DictReader(data_lines("patent_intensive_2019_groups.csv"))
    return {row["code"]: (row["name"], row["name_en"]) for row in rows}


@cache
def _products() -> dict[str, str]:
    return _pairs(data_lines("product_classes_en.csv"))


def _pairs(lines: Iterable[str]) -> dict[str, str]:
    return {row[0]: row[1] for row in csv.reader(lines)}
