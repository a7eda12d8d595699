"""Where in a name the words a searcher typed are found, so that a page can mark them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import accumulate

from app.domain.normal import name_key
from app.reports import pinyin, search_terms


def parts(name: str, text: str) -> Iterator[tuple[str, bool]]:
    """``name`` in pieces, in order, each with whether it is part of a hit for the search ``text``."""
    query = search_terms.query(text)
    signs = [(sign, place) for place, character in enumerate(name) for sign in _signs(character)]
    marked: set[int] = set()
    for word in query.words if query else ():
        marked.update(signs[at][1] for at in _found("".join(sign for sign, _ in signs), word.key))
    start = 0
    for end in range(1, len(name) + 1):
        if end == len(name) or (end in marked) != (start in marked):
            yield name[start:end], start in marked
            start = end


_signs = lru_cache(maxsize=10_000)(name_key)  # of one character each


def _found(key: str, word: str) -> Iterator[int]:
    """The places in ``key`` of every occurrence of ``word``, written or spoken."""
    if word in key:
        for start in range(len(key) - len(word) + 1):
            if key.startswith(word, start):
                yield from range(start, start + len(word))
    elif word.isascii() and word.isalpha():
        for syllables in pinyin.readings(key):
            yield from _spoken([syllable[0] for syllable in syllables], word)
            yield from _spoken(syllables, word)


def _spoken(syllables: list[str], word: str) -> Iterator[int]:
    whole, ends = "".join(syllables), list(accumulate(map(len, syllables)))
    for first, end in enumerate(ends):
        start = end - len(syllables[first])
        if whole.startswith(word, start):
            yield from (
                place
                for place in range(first, len(ends))
                if ends[place] - len(syllables[place]) < start + len(word)
            )
