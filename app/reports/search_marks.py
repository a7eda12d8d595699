"""Where in a name the words a searcher typed are found, so that a page can mark them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate, pairwise

from app.domain.normal import name_key
from app.reports import pinyin, search_terms

Parts = list[tuple[str, bool]]


def marker(text: str) -> Callable[[str], Parts]:
    """What tells a name's pieces, in order, each with whether it is part of a hit for the search ``text``."""
    query = search_terms.query(text)
    words = [word.key for word in query.words] if query else []
    return lambda name: _parts(name, words)


def _parts(name: str, words: list[str]) -> Parts:
    signs = [(sign, place) for place, character in enumerate(name) for sign in _signs(character)]
    key = "".join(sign for sign, _ in signs)
    marked = {signs[at][1] for word in words for at in _found(key, word)}
    if not marked:
        return [(name, False)] if name else []
    cuts = [end for end in range(1, len(name)) if (end in marked) != (end - 1 in marked)]
    return [(name[start:end], start in marked) for start, end in pairwise([0, *cuts, len(name)])]


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
