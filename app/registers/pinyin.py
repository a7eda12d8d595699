"""How Chinese names are spelt with Latin letters, for finding them without typing Chinese."""

from __future__ import annotations

from typing import NamedTuple

INITIALS_MAX = 200


class Spelling(NamedTuple):
    """``rjkf`` and ``ruanjiankaifa`` of 软件开发; letters and digits of other kinds stay."""

    initials: str
    full: str


def spell(text: str) -> Spelling:
    """The usual reading; in compounds the right one of several (重庆: chongqing)."""
    from pypinyin import lazy_pinyin  # takes 0.2 s to import; many processes never search

    syllables = [part for word in lazy_pinyin(text.lower()) for part in _parts(word)]
    return Spelling("".join(part[0] for part in syllables)[:INITIALS_MAX], "".join(syllables))


def _parts(word: str) -> list[str]:
    """A syllable as it is; of what is no Chinese each letter and digit by itself, signs left out."""
    if word.isascii() and word.isalpha() and len(word) <= 6:
        return [word]
    return [sign for sign in word if sign.isascii() and sign.isalnum()]
