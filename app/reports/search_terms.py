"""What a product is found by and what a searcher means, both as tokens without any database's own ideas of words.

A key (``domain.normal.name_key``) is cut into its characters and pairs of neighbours, so one character finds a product
and no dictionary decides what a word is. Pairs alone would also find 池电 … 电池 for 电池电: longer words are looked
up again in the entry's ``text``. Pinyin is handled alike: a name's initials are one more key, and each syllable and
each two neighbours are tokens, the last one also unfinished. Tokens that a key cannot contain start with ``=`` (the
whole of a name or number) or ``@`` (a filter).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from app.domain import patent_number
from app.domain.normal import clean, name_key
from app.reports import pinyin

NAME_LENGTH, MODEL_LENGTH = 200, 100
#: the first words and letters of what is typed count
MAX_WORDS, MAX_WORD = 8, 60
MAX_READINGS = 8
_LONGEST_SYLLABLE = 6

#: what codes of classifications are not made of (it would end a token)
_NOT_OF_CODES = re.compile(r"[^\w.-]")
_key = lru_cache(maxsize=50_000)(name_key)

INTENSIVE = "@intensive"
RECOGNISED = "@recognised"


@dataclass(frozen=True)
class Entry:
    """``tokens`` separated by blanks; ``text`` holds the keys and the pinyin, one a line."""

    tokens: str
    text: str


@dataclass(frozen=True)
class Word:
    """One condition, ``key``: all tokens of one of the ``alternatives`` and, where they leave room for others, the key
    inside the entry's text. Of a word that is not all ASCII the text alone decides: no more tokens need to be looked up
    than sift out most others."""

    key: str
    alternatives: tuple[tuple[str, ...], ...]

    @property
    def is_sure(self) -> bool:
        """Whether the tokens alone decide."""
        return len(self.key) <= 2


@dataclass(frozen=True)
class Query:
    """What a searcher means: all ``words``, or the ``exact`` token of a whole name or number."""

    words: tuple[Word, ...]
    exact: str | None = None


def entry(
    name: str,
    unit: str,
    model: str | None,
    filing_no: str | None,
    patents: Iterable[str],
    filters: Iterable[str],
) -> Entry:
    """The entry of a product; ``patents`` are compact numbers, ``filters`` tokens made by :func:`tag`."""
    spoken = _spoken_name(_key(name)[:NAME_LENGTH])
    unit_text = _key(unit)[:NAME_LENGTH]
    model_text = _key(model or "")[:MODEL_LENGTH]
    number = name_key(filing_no or "")
    whole = ["=" + key for key in (spoken.key, unit_text, number, *map(str.lower, patents)) if key]
    tokens = spoken.tokens.union(_grams(unit_text), _grams(model_text), filters, whole)
    lines = (spoken.key, unit_text, model_text, *spoken.readings, number)
    return Entry(" ".join(tokens), "\n".join([line for line in lines if line]))


class _SpokenName(NamedTuple):
    """The key of a name, how it sounds (initials and whole, a line each), and the tokens of both."""

    key: str
    readings: tuple[str, ...]
    tokens: frozenset[str]


@lru_cache(maxsize=10_000)  # many products bear the same name
def _spoken_name(key: str) -> _SpokenName:
    lines: list[str] = []
    tokens = set(_grams(key))
    for syllables in pinyin.readings(key):
        initials = "".join([syllable[0] for syllable in syllables])
        lines += [initials, "".join(syllables)]
        tokens |= _grams(initials)
        tokens.update(*map(_beginnings, syllables), *map(_neighbours, syllables, syllables[1:]))
    return _SpokenName(key, tuple(lines), frozenset(tokens))


@lru_cache(maxsize=10_000)
def tag(kind: str, value: object) -> str:
    """The token of a filter: ``tag("p", "430000")``."""
    return f"@{kind}{_NOT_OF_CODES.sub('_', str(value).lower())}"


@lru_cache(maxsize=256)  # a page asks again for every name it marks
def query(text: str) -> Query | None:
    """What ``text`` asks for; None where it holds nothing that could be in a name or number."""
    whole = name_key(text[:NAME_LENGTH])
    if not whole:
        return None
    number = patent_key(text)
    if number:
        return Query((), f"={number}")
    keys = dict.fromkeys(filter(None, (name_key(part)[:MAX_WORD] for part in clean(text).split(" "))))
    return Query(tuple(_word(key) for key in list(keys)[:MAX_WORDS]), f"={whole}")


def patent_key(text: str) -> str | None:
    """The token of the patent number meant by ``text``, with or without its check character, else None."""
    try:
        return patent_number.parse(text).compact.lower()
    except patent_number.NumberError:
        digits = re.fullmatch(r"(?:zl|cn)?([0-9]{12})", name_key(text))
        if digits is None or not patent_number.is_valid(
            full := digits[1] + patent_number.check_character(digits[1])
        ):
            return None
        return full.lower()


@lru_cache(maxsize=50_000)
def _grams(key: str) -> frozenset[str]:
    """The characters of a key and its pairs of neighbours."""
    return frozenset(key) | {key[i : i + 2] for i in range(len(key) - 1)}


def _word(key: str) -> Word:
    alternatives = [_pairs(key)]
    if key.isascii() and key.isalpha():
        alternatives += [_spoken(syllables) for syllables in _split(key)]
    return Word(key, tuple(dict.fromkeys(alternatives)))


def _pairs(key: str) -> tuple[str, ...]:
    """The pairs of a key."""
    if len(key) < 2:
        return (key,)
    pairs = dict.fromkeys(key[i : i + 2] for i in range(len(key) - 1))
    # beginnings of syllables are common
    return tuple(pair for pair in pairs if pair not in _unfinished()) or tuple(pairs)


def _spoken(syllables: tuple[str, ...]) -> tuple[str, ...]:
    """The tokens of syllables one after the other: each two neighbours."""
    return tuple(dict.fromkeys(map("".join, pairwise(syllables)))) or syllables


def _split(letters: str) -> list[tuple[str, ...]]:
    """The ways to read letters as syllables, the last perhaps unfinished: ``xian`` is xian or xi an."""
    found: list[tuple[str, ...]] = []
    readable = _readable(letters)
    open_ends: list[tuple[tuple[str, ...], int]] = [((), 0)] if 0 in readable else []
    while open_ends and len(found) < MAX_READINGS:
        before, place = open_ends.pop()
        if letters[place:] in _unfinished():
            found.append((*before, letters[place:]))
        open_ends += [
            ((*before, letters[place:end]), end) for end in _syllable_ends(letters, place) if end in readable
        ]
    return found


def _readable(letters: str) -> set[int]:
    """The places from which the rest can be read at all: only these are tried, for the ways there are double with
    every ``ao`` though none of them may lead to the end."""
    readable: set[int] = set()
    for place in reversed(range(len(letters))):
        if letters[place:] in _unfinished() or not readable.isdisjoint(_syllable_ends(letters, place)):
            readable.add(place)
    return readable


def _syllable_ends(letters: str, place: int) -> list[int]:
    """Where a syllable that begins at ``place`` may end with letters left after it, the nearest first."""
    last = min(place + _LONGEST_SYLLABLE, len(letters) - 1)
    return [end for end in range(place + 1, last + 1) if letters[place:end] in pinyin.all_syllables()]


@lru_cache(maxsize=1)
def _unfinished() -> frozenset[str]:
    return frozenset().union(*map(_beginnings, pinyin.all_syllables()))


@lru_cache(maxsize=4_000)
def _beginnings(syllable: str) -> frozenset[str]:
    return frozenset(syllable[:end] for end in range(1, len(syllable) + 1))


@lru_cache(maxsize=50_000)
def _neighbours(first: str, second: str) -> frozenset[str]:
    return frozenset(first + beginning for beginning in _beginnings(second))
