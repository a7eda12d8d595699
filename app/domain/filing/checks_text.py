"""Checks of the introduction and the evidence: rules 21 and 25. Suspicions only; a person decides."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.filing.filing import Filing
from app.domain.filing.registry import Hit, check
from app.domain.filing.words import pattern, words
from app.domain.normal import clean, is_blank, name_key, similarity

JUDGED = 20_000
SAME_TEXT = 0.9
_CONTACT = re.compile(
    r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])|(?<![0-9])0[0-9]{2,3}[- ]?[0-9]{7,8}(?![0-9])|400-?[0-9]{3}-?[0-9]{4}(?![0-9])"
    r"|https?://\S+|www\.\S+|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.]{2,63}|[A-Za-z0-9-]{1,63}\.(?:com|cn|net|org)(?![A-Za-z])"
    r"|(?:微信|公众号|客服|QQ|qq)[:：号]?\s?[A-Za-z0-9]{5,}"
)
_OURSELVES = re.compile(r"^(?:我|本)(?:公司|厂|单位|企业|集团|司)")
_MEDIA = re.compile(r"application/pdf|image/(?:jpeg|png)")
_ENDINGS = (".pdf", ".jpg", ".jpeg", ".png")


@check("introduction", fills=("word",))
def introduction_advertises(filing: Filing) -> Iterator[Hit]:
    """21: words of advertising."""
    if found := list(dict.fromkeys(pattern("advert").findall(_text(filing)))):
        yield Hit("introduction", {"word": "、".join(found[:5])})


@check("introduction", fills=("found",))
def introduction_gives_contact(filing: Filing) -> Iterator[Hit]:
    """21: telephone numbers, web and mail addresses."""
    if found := _CONTACT.search(_text(filing)):
        yield Hit("introduction", {"found": found.group()[:40]})


@check("introduction")
def introduction_is_about_unit(filing: Filing) -> Iterator[Hit]:
    """21: about the unit: it begins with the unit, or speaks of founding, capital, staff."""
    text = _text(filing)
    unit = clean(filing.unit.name)
    begins = bool(_OURSELVES.match(text)) or bool(unit and text.startswith(unit))
    if 2 * begins + sum(word in text for word in words("about_unit")) >= 3:
        yield Hit("introduction")


@check("introduction")
def introduction_is_about_patent(filing: Filing) -> Iterator[Hit]:
    """21: the words of a patent, or a linked patent's title or abstract."""
    text = _text(filing)
    found = sum(word in text for word in words("about_patent"))
    begins = text.startswith(("本发明", "本实用新型", "本外观设计"))
    if (
        found >= 2
        or begins
        or any(_repeats(text, patent.title, patent.abstract) for patent in filing.patents)
    ):
        yield Hit("introduction")


@check("introduction", fills=("count", "shortest", "longest"))
def introduction_length(filing: Filing) -> Iterator[Hit]:
    """21: too short to say what the product is, or a treatise."""
    count = len(clean(filing.introduction))
    shortest, longest = filing.limits.introduction_min, filing.limits.introduction_max
    if not is_blank(filing.introduction) and not shortest <= count <= longest:
        yield Hit("introduction", {"count": count, "shortest": shortest, "longest": longest})


@check("evidence", fills=("count",))
def one_evidence_per_product(filing: Filing) -> Iterator[Hit]:
    """25: one proof for a product."""
    if len(filing.evidence) > 1:
        yield Hit("evidence", {"count": len(filing.evidence)})


@check("evidence", fills=("name",))
def evidence_is_readable(filing: Filing) -> Iterator[Hit]:
    """25: PDF or a picture."""
    for place, file in enumerate(filing.evidence):
        known = _MEDIA.fullmatch(file.media_type) if file.media_type else file.name.lower().endswith(_ENDINGS)
        if not known:
            yield Hit(f"evidence.{place}", {"name": clean(file.name)[:60]})


def _text(filing: Filing) -> str:
    """As much of the introduction as is looked at."""
    return clean(filing.introduction[:JUDGED])[:JUDGED]


def _repeats(text: str, *sources: str) -> bool:
    """Whether the text is one of the sources, hardly changed."""
    return any(len(name_key(source)) >= 4 and similarity(text, source) >= SAME_TEXT for source in sources)
