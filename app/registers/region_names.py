"""What divisions are called in English: a table of usual names first, else the pinyin of the name and the word for its
kind. Our own spelling for reading and searching, not an official one."""

from __future__ import annotations

import re
from functools import cache

from app.domain.normal import data_lines

#: a name's end → the word for its kind, the longest first
_KINDS = {
    "自治州": "Autonomous Prefecture", "自治县": "Autonomous County", "自治旗": "Autonomous Banner", "地区": "Prefecture",
    "市": "City", "区": "District", "县": "County", "旗": "Banner", "盟": "League",
}  # fmt: skip
#: parts of a banner divided: 科尔沁右翼前旗
_SIDES = {"左": "Left", "右": "Right", "前": "Front", "中": "Middle", "后": "Rear", "左翼": "Left Wing", "右翼": "Right Wing",
          "联合": "United"}  # fmt: skip
_SIDE = re.compile(r"^(.{2,}?)(左翼|右翼)?(联合|[左右前中后])?$")
#: peoples whose names stand in the names of autonomous divisions
_PEOPLES = {
    "蒙古": "Mongol", "回": "Hui", "藏": "Tibetan", "苗": "Miao", "彝": "Yi", "壮": "Zhuang", "布依": "Bouyei", "朝鲜": "Korean",
    "满": "Manchu", "侗": "Dong", "瑶": "Yao", "白": "Bai", "土家": "Tujia", "哈尼": "Hani", "哈萨克": "Kazakh", "傣": "Dai",
    "黎": "Li", "傈僳": "Lisu", "佤": "Wa", "畲": "She", "拉祜": "Lahu", "水": "Sui", "东乡": "Dongxiang", "纳西": "Naxi",
    "景颇": "Jingpo", "柯尔克孜": "Kyrgyz", "土": "Tu", "达斡尔": "Daur", "仫佬": "Mulao", "羌": "Qiang", "布朗": "Blang",
    "撒拉": "Salar", "毛南": "Maonan", "仡佬": "Gelao", "锡伯": "Xibe", "普米": "Pumi", "塔吉克": "Tajik", "怒": "Nu",
    "鄂温克": "Evenki", "保安": "Bonan", "裕固": "Yugur", "独龙": "Derung", "鄂伦春": "Oroqen", "各": "Multi-ethnic",
}  # fmt: skip
#: peoples named without 族, which would else be looked for in any name
_BARE = ("蒙古", "哈萨克", "柯尔克孜", "塔吉克", "锡伯", "鄂伦春")
_PEOPLE = re.compile(f"(?:({'|'.join(sorted(_PEOPLES, key=len, reverse=True))})族|({'|'.join(_BARE)}))$")
#: signs read in one way in nearly all names of places, whatever a dictionary of words says
_READINGS = {"长": "chang", "都": "du", "朝": "chao", "什": "shi", "勒": "le", "蔚": "yu"}


def english(name: str) -> str:
    """Changsha City for 长沙市, Enshi Tujia and Miao Autonomous Prefecture for 恩施土家族苗族自治州."""
    usual = _usual()
    if name in usual:
        return usual[name]
    for end, kind in _KINDS.items():
        if name.endswith(end) and len(name) > len(end):
            return _of_kind(name, name[: -len(end)], kind)
    return _spelt(name)


def _of_kind(name: str, stem: str, kind: str) -> str:
    peoples: list[str] = []
    if kind.startswith("Autonomous") or stem.endswith("族"):
        stem, peoples = _without_peoples(stem)
    words = [_listed(peoples), kind] if peoples else [kind]
    if kind == "Banner" and (split := _SIDE.fullmatch(stem)) and (split[2] or split[3]):
        stem, words = split[1], [*(_SIDES[part] for part in split.groups()[1:] if part), *words]
    if len(stem) == 1:
        # a name of one syllable keeps its kind: 沛县 is Peixian County, 芒市 Mangshi City
        stem = name[:2]
    return " ".join(filter(None, (stem and _spelt(stem), *words)))


def _without_peoples(stem: str) -> tuple[str, list[str]]:
    found: list[str] = []
    while match := _PEOPLE.search(stem):
        found.insert(0, _PEOPLES[match[1] or match[2]])
        stem = stem[: match.start()]
    return stem, found


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]


def _spelt(stem: str) -> str:
    """Pinyin as one word: Xi'an, Lüliang."""
    usual = _usual()
    if stem in usual:
        return usual[stem]
    from pypinyin import lazy_pinyin  # takes 0.2 s to import, and is needed at set-up only

    syllables = lazy_pinyin(stem, v_to_u=True)
    if len(syllables) == len(stem):
        syllables = [_READINGS.get(sign, read) for sign, read in zip(stem, syllables, strict=True)]
    text = syllables[0] + "".join(f"'{each}" if each[0] in "aeo" else each for each in syllables[1:])
    return text.capitalize()


@cache
def _usual() -> dict[str, str]:
    rows = (line.partition(",") for line in data_lines("region_names_en.csv"))
    return {name: usual for name, _, usual in rows}
