"""Reading a product name: what it says, what its head is, which words in it do not belong (manual 6(1)1)."""

from __future__ import annotations

import re
from functools import lru_cache

from app.domain.filing.words import HAN, pattern, words
from app.domain.normal import clean, simplify

#: How many signs of a name are judged.
JUDGED = 300

_BRACKETED_END = re.compile(r"[（(【\[][^（(【\[）)】\]]*[)）】\]]$")
_FOREIGN = re.compile(rf"[^\W_{HAN}](?:[^\W_{HAN}]|[-.+/](?=[^\W_{HAN}]))*")
_CHEMISTRY = re.compile(r"[酸醇酯酮醛胺烷烯炔酚醚苯腈糖苷肽素啶唑嗪酐酰脲吡呋噻萘蒽吲嘌嘧碱嘌甾酶铵钠钾钙]")
_LOCANT = re.compile(
    rf"(?<![0-9A-Za-z])(?:[0-9]+[']?(?:,[0-9]+[']?)*|[NOSCDLRHp]|DL|dl|[αβγδεωΔ])(?:,[NO])*-(?=[{HAN}])|(?<=[{HAN}])-[0-9](?:,[0-9])*-(?=[{HAN}])"
)
# Signs a name may hold: brackets of a dosage form or grade, the dot of a foreign name, a hyphen. 、 has its own rule.
_SIGNS = frozenset("()（）·・-‐、\u3007")
_TRADE_MARKS = frozenset("®™℠©Ⓡ")
_QUOTES = frozenset("\"'“”‘’「」『』《》〈〉«»＂＇")
_STOPS = frozenset("。！？；!?;")
_TITLE = re.compile(
    r"^一种.*(?:的|方法|及其|装置|系统)|^(?:用于|基于).*的|(?:及其|的)(?:制备|制造|生产|加工|使用|应用|检测|控制|合成|提取)(?:方法|工艺|$)"
    r"|方法(?:及|和|与|、)(?:装置|系统|设备|其)"
)
_ETC_INSIDE = re.compile(
    r"、.*等|等(?:配件|产品|零件|部件|紧固件|材料|设备|装置|用品|制品|物品|工具|系列|零部件)$"
)


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """The name as it is judged: one line, narrow letters, simplified characters, no invisible signs; its beginning
    only, for whatever is longer is no name."""
    return simplify(clean(name[: 4 * JUDGED]))[:JUDGED]


def head(name: str) -> str:
    """The name without what stands in brackets at its end (``工艺（甲型）`` is a 工艺)."""
    text = plain(name).rstrip("。.,，;；")
    while shorter := _BRACKETED_END.sub("", text).strip():
        if shorter == text:
            break
        text = shorter
    return text


def without(text: str, kind: str) -> str:
    """``text`` with the harmless phrases of ``kind`` blanked out, so that words within them are not found."""
    return pattern(kind).sub(lambda phrase: "＿" * len(phrase.group()), text)


def foreign(name: str) -> list[str]:
    """Runs of letters and digits that are not Chinese characters, established terms and chemical locants aside."""
    return _FOREIGN.findall(_without_terms(plain(name)))


def established(name: str) -> list[str]:
    """Established terms and chemical locants in the name that hold letters or digits (维生素C, β-)."""
    text = plain(name)
    found = pattern("letter_terms").findall(text)
    return found + ([part.strip("-") for part in _LOCANT.findall(text)] if _CHEMISTRY.search(text) else [])


def _without_terms(text: str) -> str:
    text = pattern("letter_terms").sub("", text)
    return _LOCANT.sub("", text) if _CHEMISTRY.search(text) else text


def marks(name: str) -> list[str]:
    """Trade-mark signs and quotation marks, as typed."""
    return sorted({sign for sign in name if sign in _TRADE_MARKS or sign in _QUOTES})


def signs(name: str) -> list[str]:
    """Other signs that do not belong in a name: blanks, punctuation, symbols, emoji."""
    return sorted({sign for sign in _without_terms(plain(name)) if _is_stray(sign)})


def _is_stray(sign: str) -> bool:
    if sign in _SIGNS or sign in _TRADE_MARKS or sign in _QUOTES or sign in _STOPS:
        return False
    return not sign.isalnum()


def is_sentence(name: str) -> bool:
    """Whether the text ends a sentence somewhere."""
    return any(sign in _STOPS for sign in plain(name))


def process_at_end(name: str) -> str | None:
    """方法, 技术, 方案 or 工艺 where it is what the name names: at its end, or before 及, 和, 与, 或, 、"""
    text = head(name)
    ending = next((word for word in words("process") if text.endswith(word)), None)
    named = re.search(
        rf"({pattern('process').pattern})(?=[及和与或、，,/]|以及)", without(text, "process_ok")
    )
    return ending or (named.group(1) if named else None)


def process_inside(name: str) -> str | None:
    """Such a word within a longer name, or a weaker one (流程, 用途) at its end; harmless phrases aside."""
    text = without(head(name), "process_ok")
    if found := pattern("process").search(text):
        return found.group()
    return next((word for word in words("process_weak") if text.endswith(word)), None)


def praise(name: str) -> list[str]:
    """Words of praise, phrases in which they are part of a term aside (高效液相, 多功能电能表)."""
    return list(dict.fromkeys(pattern("praise").findall(without(plain(name), "praise_ok"))))


def lacks_application(name: str) -> str | None:
    """The general word a name consists of once vague attributes are set aside (``智能控制系统``: 系统), else None."""
    text = head(name)
    while text not in words("generic"):
        shorter = next((text[len(word) :] for word in words("vague") if text.startswith(word)), "")
        if not shorter:
            return None
        text = shorter
    return text


def reads_like_title(name: str) -> bool:
    """Whether the name is worded as titles of patents are (``一种…的…``, ``…及其制备方法``)."""
    return bool(_TITLE.search(plain(name)))


def joined(name: str) -> str | None:
    """The word that joins several things in one name (、, 及, 和, 与, 或), else None."""
    text = without(without(plain(name), "and_ok"), "process_ok")
    found = re.search(rf"(?<=[{HAN})）])(、|以及|及(?!其)|和|与|或)(?=[{HAN}（(])", text)
    return found.group() if found else None


def and_so_on(name: str) -> bool:
    """Whether the name ends in 等, or goes on to a collective word after it (螺母等紧固件)."""
    text = head(name)
    return text.endswith("等") or bool(_ETC_INSIDE.search(without(text, "etc_ok")))


def describes(name: str) -> str | None:
    """的 or 用于 where the name reads like a description, else None."""
    text = without(plain(name), "no_ok")
    if text.startswith(("用于", "关于", "基于")):
        return text[:2]
    return "的" if "的" in text[1:-1] else None
