"""Checks of the product's name: rules 12 to 16 (manual 6(1)1, mission D2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.domain.filing import names
from app.domain.filing.filing import SERVICE, Filing, LinkedPatent
from app.domain.filing.registry import Hit, check
from app.domain.filing.variants import models
from app.domain.filing.words import brands, pattern, unit_word
from app.domain.normal import clean, is_blank, name_key, similarity
from app.domain.patent_number import DESIGN

NAME_LIMIT = 40
#: A title this short that says neither 一种 nor a process is itself a plain product name (储能柜).
PLAIN_TITLE = 6


@check("name", fills=("word",))
def name_process_at_end(filing: Filing) -> Iterator[Hit]:
    """12: the name names a method, technology, scheme or process."""
    if word := names.process_at_end(filing.name):
        yield Hit("name", {"word": word})


@check("name", fills=("word",))
def name_process_inside(filing: Filing) -> Iterator[Hit]:
    """12: such a word within the name; the name of a technical service may hold 技术 and 工艺."""
    word = names.process_inside(filing.name)
    if word is None or names.process_at_end(filing.name):
        return
    if filing.nature == SERVICE and word in ("技术", "工艺") and names.head(filing.name).endswith("服务"):
        return
    yield Hit("name", {"word": word})


@check("name", fills=("word",))
def name_lacks_application(filing: Filing) -> Iterator[Hit]:
    """13: only a general word, without the field of use."""
    text = names.head(filing.name)
    word = text if len(text) == 1 else names.lacks_application(filing.name)
    if word:
        yield Hit("name", {"word": word})


@check("name")
def name_very_short(filing: Filing) -> Iterator[Hit]:
    """13: two characters may be right (白酒, 轮胎) but are worth a look."""
    if len(names.head(filing.name)) == 2 and not names.lacks_application(filing.name):
        yield Hit("name")


@check("name", fills=("title",))
def name_is_patent_title(filing: Filing) -> Iterator[Hit]:
    """14: the very title of a linked patent; titles that are plain product names apart."""
    yield from _titles(filing, lambda patent: _is_title(filing, patent) and not _is_plain_title(patent))


@check("name", fills=("title",))
def name_is_plain_title(filing: Filing) -> Iterator[Hit]:
    """14: the title of a design, which names the product by its nature, or one as short as a product's name."""
    yield from _titles(filing, lambda patent: _is_title(filing, patent) and _is_plain_title(patent))


@check("name", fills=("title",))
def name_near_patent_title(filing: Filing) -> Iterator[Hit]:
    """14: hardly different from the title of a linked patent."""
    yield from _titles(
        filing,
        lambda patent: (
            not _is_title(filing, patent)
            and similarity(filing.name, patent.title) >= filing.limits.title_similarity
        ),
    )


@check("name")
def name_reads_like_title(filing: Filing) -> Iterator[Hit]:
    """14: worded as a patent's title, though none of the linked ones has it."""
    if names.reads_like_title(filing.name) and not any(
        _is_title(filing, patent) for patent in filing.patents
    ):
        yield Hit("name")


@check("name", fills=("found",))
def name_letters(filing: Filing) -> Iterator[Hit]:
    """15: letters, digits, anything not written in Chinese characters."""
    if found := names.foreign(filing.name):
        yield Hit("name", {"found": "、".join(dict.fromkeys(found))})


@check("name", fills=("found",))
def name_established_letters(filing: Filing) -> Iterator[Hit]:
    """15: letters within a term that has no other written form (维生素C, β-)."""
    if found := names.established(filing.name):
        yield Hit("name", {"found": "、".join(dict.fromkeys(found))})


@check("name", fills=("found",))
def name_marks(filing: Filing) -> Iterator[Hit]:
    """15: trade-mark signs and quotation marks."""
    if found := names.marks(filing.name):
        yield Hit("name", {"found": " ".join(found)})


@check("name", fills=("found",))
def name_signs(filing: Filing) -> Iterator[Hit]:
    """15: blanks, punctuation and symbols."""
    if found := names.signs(filing.name):
        yield Hit("name", {"found": " ".join(sign.replace(" ", "␣") for sign in found)})


@check("name", fills=("word",))
def name_praise(filing: Filing) -> Iterator[Hit]:
    """15: adjectives of praise."""
    if found := names.praise(filing.name):
        yield Hit("name", {"word": "、".join(found)})


@check("name", fills=("word",))
def name_brand(filing: Filing) -> Iterator[Hit]:
    """15: a well-known brand."""
    text = names.plain(filing.name)
    if found := [brand.word for brand in brands() if brand.is_in(text)]:
        yield Hit("name", {"word": "、".join(found)})


@check("name", fills=("word",))
def name_of_unit(filing: Filing) -> Iterator[Hit]:
    """15: the unit's own name, whole or its distinctive part; at the end of the name it is the product's noun."""
    text = name_key(filing.name)
    for unit in (filing.unit.name, *filing.unit.former_names):
        word = unit_word(unit)
        if name_key(unit) and name_key(unit) in text:
            yield Hit("name", {"word": names.plain(unit)})
        elif word and word in text and not text.endswith(word):
            yield Hit("name", {"word": word})


@check("name", fills=("word",))
def name_holds_model(filing: Filing) -> Iterator[Hit]:
    """15: the model, where it is written in Chinese (letters are found anyway)."""
    text = name_key(filing.name)
    for model in models(filing.model):
        key = name_key(model)
        if len(key) >= 2 and key in text and not names.foreign(model):
            yield Hit("name", {"word": model})


@check("name", fills=("word",))
def name_a_kind_of(filing: Filing) -> Iterator[Hit]:
    """16: 一种 at the beginning."""
    if names.plain(filing.name).startswith("一种"):
        yield Hit("name", {"word": "一种"})


@check("name", fills=("word",))
def name_counts(filing: Filing) -> Iterator[Hit]:
    """16: 一款, 一套, 各种 … at the beginning, 一种 elsewhere."""
    text = names.plain(filing.name)
    if text.startswith("一种"):
        return
    word = pattern("kind_words").match(text)
    if word or "一种" in text:
        yield Hit("name", {"word": word.group() if word else "一种"})


@check("name")
def name_and_so_on(filing: Filing) -> Iterator[Hit]:
    """16: 等"""
    if names.and_so_on(filing.name):
        yield Hit("name")


@check("name")
def name_and_its(filing: Filing) -> Iterator[Hit]:
    """16: 及其"""
    if "及其" in names.plain(filing.name):
        yield Hit("name")


@check("name")
def name_series(filing: Filing) -> Iterator[Hit]:
    """16: 系列"""
    if "系列" in names.plain(filing.name):
        yield Hit("name")


@check("name", fills=("word",))
def name_joins_several(filing: Filing) -> Iterator[Hit]:
    """16: several products in one name."""
    if word := names.joined(filing.name):
        yield Hit("name", {"word": word})


@check("name", fills=("word",))
def name_describes(filing: Filing) -> Iterator[Hit]:
    """16: reads like a description."""
    if word := names.describes(filing.name):
        yield Hit("name", {"word": word})


@check("name")
def name_is_sentence(filing: Filing) -> Iterator[Hit]:
    """16: a whole sentence."""
    if names.is_sentence(filing.name):
        yield Hit("name")


@check("name", fills=("count", "limit"))
def name_too_long(filing: Filing) -> Iterator[Hit]:
    """16: longer than a name is."""
    count = len(clean(filing.name))
    if count > NAME_LIMIT:
        yield Hit("name", {"count": count, "limit": NAME_LIMIT})


def _titles(filing: Filing, is_hit: Callable[[LinkedPatent], bool]) -> Iterator[Hit]:
    if is_blank(filing.name):
        return
    titles = {patent.title: None for patent in filing.patents if patent.title and is_hit(patent)}
    yield from (Hit("name", {"title": title}) for title in titles)


def _is_title(filing: Filing, patent: LinkedPatent) -> bool:
    return bool(name_key(filing.name)) and name_key(filing.name) == name_key(patent.title)


def _is_plain_title(patent: LinkedPatent) -> bool:
    if patent.kind == DESIGN:
        return True
    words_of_process = names.process_at_end(patent.title) or names.process_inside(patent.title)
    return len(name_key(patent.title)) <= PLAIN_TITLE and not words_of_process and "一种" not in patent.title
