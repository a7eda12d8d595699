"""One way of reading what people type: blanks, widths, variants of characters, amounts of money."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from app.domain.text import N_, Message

DATA = Path(__file__).resolve().parents[1] / "data"
MONEY_LIMIT = Decimal(10) ** 13
CENT = Decimal("0.01")
#: How many signs of two names are compared.
COMPARED = 200

# Chinese punctuation that NFKC would turn into its ASCII look-alike; in Chinese text it stays.
_KEPT = re.compile(r"([，；：！？（）～])")
# Signs that show as nothing: format characters (category Cf), then fillers, joiners and variation selectors. Written
# out because looking up each sign's category costs more than all the rest, and imports read millions of names.
_INVISIBLE = re.compile(
    "[\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001"
    "\U000e0020-\U000e007f"
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
_BLANKS = re.compile(r"\s+")
_AMOUNT = re.compile(r"(-?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?")
_NO_KEY = re.compile(r"[^\w+#]|_")


class InputError(ValueError):
    """A value that cannot be read as what it should be; ``message`` says what to type instead."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", text)


def clean(text: str) -> str:
    """A single line as it is stored: full-width letters and digits made narrow (NFKC), invisible signs gone,
    runs of blanks made one and none left at the ends. Chinese punctuation stays as it is."""
    if text.isascii():
        return _BLANKS.sub(" ", text).strip()
    parts = _KEPT.split(_visible(text))
    folded = "".join(p if _KEPT.fullmatch(p) else unicodedata.normalize("NFKC", p) for p in parts)
    return _BLANKS.sub(" ", folded).strip()


def clean_lines(text: str) -> str:
    """Several lines as they are stored: signs stay (①, ℃), only invisible ones and idle blanks go."""
    lines = re.split(r"\r\n|\r|\n|\u2028|\u2029", text)
    tidy = [re.sub(r"[^\S\n]+", " ", _visible(line)).strip() for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(tidy)).strip()


def is_blank(text: str | None) -> bool:
    """Whether nothing visible was typed: None, blanks of any width, zero-width signs."""
    return text is None or not clean(text)


def has_control(text: str) -> bool:
    """Whether the text holds NUL or another control character (line ends, tabs aside) or half a surrogate."""
    return any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\t\n\r" for c in text)


def refuse_control(text: str) -> str:
    """``text`` itself; :class:`InputError` where :func:`has_control` holds (databases refuse such text)."""
    if has_control(text):
        raise InputError(N_("含有不可见的控制字符，请删除后重新填写"))
    return text


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    return {ord(pair[0]): pair[1] for line in data_lines("traditional.txt") for pair in line.split()}


def data_lines(name: str) -> Iterator[str]:
    """The lines of a reference text in ``app/data``, without comments (#) and empty ones."""
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


def simplify(text: str) -> str:
    """Traditional and variant characters replaced by simplified ones, for comparing only."""
    return text.translate(_simplified())


def name_key(text: str) -> str:
    """What two spellings of one name have in common: letters and digits only (and + and #, which tell models
    apart: P80, P80+), no blanks or punctuation, lower case, simplified characters."""
    if text.isascii():
        return _NO_KEY.sub("", text.lower())
    folded = unicodedata.normalize("NFKC", simplify(unicodedata.normalize("NFKC", _visible(text))).casefold())
    return simplify(_NO_KEY.sub("", folded))


def similarity(a: str, b: str) -> float:
    """How alike two names are by their keys: what they have in common in the same order, 0 to 1 (the same key).

    Only the first signs count, and each costs one step: a filing links up to a thousand patents whose titles its
    unit wrote itself, and is checked with every key typed.
    """
    first, second = (name_key(text[: 4 * COMPARED])[:COMPARED] for text in (a, b))
    return 2 * _common(first, second) / (len(first) + len(second)) if first and second else 0.0


def _common(first: str, second: str) -> int:
    """The length of the longest common subsequence, by bit vectors (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, sign in enumerate(first):
        places[sign] = places.get(sign, 0) | 1 << place
    every = (1 << len(first)) - 1
    rest = every
    for sign in second:
        hits = rest & places.get(sign, 0)
        rest = (rest + hits | rest - hits) & every
    return len(first) - rest.bit_count()


def parse_money(text: str) -> Decimal:
    """An amount in 万元 with two decimals. ``1,000.00``, ``１０００`` and ``-5`` are read; ``1e3``, units, a
    third decimal and anything above 10^13 are refused (:class:`InputError`)."""
    typed = clean(refuse_control(text)).replace("，", ",").replace("\u2212", "-")
    if not typed:
        raise InputError(N_("请填写金额"))
    if re.search(r"[元¥￥$万亿]", typed):
        raise InputError(N_("只填数字，不写单位；本栏单位为万元"))
    match = _AMOUNT.fullmatch(typed)
    if match is None:
        raise InputError(N_("“{text}”不是金额，请填写如 1234.56 的数字（单位：万元）", text=typed[:30]))
    sign, whole, decimals = match.groups()
    if len(decimals or "") > 2:
        raise InputError(N_("最多保留两位小数"))
    amount = Decimal(f"{sign}{whole.replace(',', '')}.{decimals or '0'}")
    if abs(amount) > MONEY_LIMIT:
        raise InputError(N_("金额超出可填范围，请核对单位是否为万元"))
    return amount.quantize(CENT)
