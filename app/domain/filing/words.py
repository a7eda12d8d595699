"""Word lists the checks go by; they are data in ``app/data`` so that they can grow without code."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache, lru_cache

from app.domain.normal import DATA, name_key

#: Chinese characters, as a range for a regular expression.
HAN = "一-鿿㐀-䶿〇\uf900-\ufaff\U00020000-\U0003ffff"


@dataclass(frozen=True)
class Brand:
    """A brand word; where it is an everyday word too, only together with one of ``goods``."""

    word: str
    goods: tuple[str, ...]

    def is_in(self, name: str) -> bool:
        """Whether ``name`` uses the word as a brand."""
        return self.word in name and (not self.goods or any(good in name for good in self.goods))


@cache
def words(kind: str) -> tuple[str, ...]:
    """The words of one kind of ``name_words.csv`` or ``unit_words.csv``, the longest first."""
    return tuple(sorted(_lists()[kind], key=lambda word: (-len(word), word)))


@cache
def pattern(kind: str) -> re.Pattern[str]:
    """Any word of a kind, the longest that fits."""
    return re.compile("|".join(map(re.escape, words(kind))))


@cache
def brands() -> tuple[Brand, ...]:
    """The well-known brand words of ``brand_words.csv``."""
    with (DATA / "brand_words.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Brand(row["brand"], tuple(filter(None, row["goods"].split("|")))) for row in csv.DictReader(file)
        )


@cache
def _lists() -> dict[str, frozenset[str]]:
    lists: dict[str, frozenset[str]] = {}
    for source in ("name_words.csv", "unit_words.csv"):
        with (DATA / source).open(encoding="utf-8", newline="") as file:
            lists |= {row["kind"]: frozenset(row["words"].split()) for row in csv.DictReader(file)}
    return lists


_BRACKETED = re.compile(r"[（(【\[][^（(【\[）)】\]]*[)）】\]]")
LONGEST_UNIT = 200
_PLACE = re.compile(rf"[{HAN}]{{2,6}}?(?:自治区|自治州|省|市|县|区|镇)")


@lru_cache(maxsize=4096)
def unit_word(unit_name: str) -> str | None:
    """The distinctive part of a unit's name (蓝思科技股份有限公司: 蓝思), None where only common words make it up."""
    word = name_key(_BRACKETED.sub("", unit_name[:LONGEST_UNIT]))
    word = _strip_end(word, "legal")
    while place := (pattern("region").match(word) or _PLACE.match(word)):
        word = word[place.end() :].lstrip("省市县区")
    word = _strip_end(word, "industry")
    return word if 2 <= len(word) <= 6 and not pattern("vague").fullmatch(word) else None


def _strip_end(word: str, kind: str) -> str:
    """``word`` without the words of ``kind`` at its end; bare where nothing else is left."""
    while ending := next((each for each in words(kind) if word.endswith(each)), None):
        word = word[: -len(ending)]
    return word
