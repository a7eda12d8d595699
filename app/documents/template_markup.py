"""What the HTML and CSS of an editable template may be: a closed list of tags, attributes and rules, strictly written.

Nothing in it can name a resource: the one picture is the QR code, and fonts are the platform's. The grammar is narrower
than HTML's, so that what is judged here is what the layout reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from jinja2 import Environment, nodes

from app.documents.template_words import Fault
from app.domain.text import N_

#: stand for statements and, with a number between the two, for expressions; neither can be typed
BLOCK, OPEN, CLOSE = "\x01", "\x02", "\x03"

TAGS = frozenset(
    {"html", "head", "meta", "title", "style", "body", "div", "p", "span", "h1", "h2", "h3", "b", "strong", "i", "em", "u",
     "sub", "sup", "br", "hr", "table", "thead", "tbody", "tr", "td", "th", "ul", "ol", "li", "img", "pdf:pagenumber",
     "pdf:nextpage"}
)  # fmt: skip
_NUMERIC = r"\d{1,4}(\.\d{1,3})?(%|mm|cm|pt|px)?"
_SMALL = r"[1-9]|[1-4]\d"
_ATTRIBUTES = {
    "class": r"[\w -]{0,100}", "id": r"[\w-]{1,100}", "align": "left|right|center|justify", "valign": "top|middle|bottom",
    "width": _NUMERIC, "height": _NUMERIC, "rowspan": _SMALL, "colspan": _SMALL, "repeat": _SMALL, "charset": "utf-8",
    "name": "author|subject|keywords", "lang": f"[\\w{OPEN}{CLOSE}-]+", "content": r"[^<>]*", "src": f"{OPEN}\\d+{CLOSE}",
    "style": r"[^<>]*",
}  # fmt: skip
_PIECE = re.compile(
    r"<(?:!doctype html|(?P<end>/?)(?P<tag>[a-z][a-z0-9]*(?::[a-z]+)?)"
    rf'(?P<attributes>(?:\s+[a-z-]+="[^"<>{BLOCK}]*")*)\s*/?)>',
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"', re.IGNORECASE)
_PLACE = re.compile(f"{OPEN}(\\d+){CLOSE}")
_STYLE_NAMES = frozenset({"serif", "sans", "language"})
_AT_RULE = re.compile(r"@(?!page\b|frame\b)")
_FUNCTION = re.compile(r"(?<!rgb)\(", re.IGNORECASE)
_RESOURCES = re.compile(
    r"\b(url|src|import|background-image|background-object|list-style-image)\b", re.IGNORECASE
)
_FONT = re.compile(rf"\bfont\s*:|\bfont-family\s*:(?!\s*{OPEN})", re.IGNORECASE)
_BODY_FONT = re.compile(rf"\bbody\s*\{{[^}}]*font-family\s*:\s*{OPEN}", re.IGNORECASE)
_CSS_CONSTANT = re.compile(r"[\w\s:;.#%,-]*")


class Markup:
    """Judges a template in which statements and expressions have been replaced by marks; ``expressions`` by number."""

    def __init__(self, text: str, expressions: Sequence[str], environment: Environment) -> None:
        self.text = text
        self.trees = [environment.parse("{{" + expression + "}}") for expression in expressions]

    def faults(self) -> Iterator[Fault]:
        """Everything that is not in the closed list, by line."""
        place, style = 0, None
        for found in _PIECE.finditer(self.text):
            between = self.text[place : found.start()]
            if style is None:
                yield from self._stray(place, between)
            yield from self._piece(found)
            tag, end = (found["tag"] or "").lower(), found["end"]
            if tag == "style" and not end:
                style = found.end()
            elif tag == "style" and style is not None:
                yield from self._sheet(style, self.text[style : found.start()])
                style = None
            place = found.end()
        yield from self._stray(place, self.text[place:])
        if style is not None:
            yield self._line(style), N_("标签 <style> 没有结束")
        if not _BODY_FONT.search(self.text):
            yield 1, N_("样式中 body 必须写 font-family: {{{{ serif }}}} 或 {{{{ sans }}}}，否则中文无法显示")

    def _line(self, place: int) -> int:
        return self.text.count("\n", 0, place) + 1

    def _stray(self, start: int, text: str) -> Iterator[Fault]:
        for found in re.finditer("[<>]", text):
            yield (
                self._line(start + found.start()),
                N_("标签写法不对：属性值要加双引号，标签里不能有语句；文字中的尖括号写成 &lt; 和 &gt;"),
            )
            return

    def _piece(self, found: re.Match[str]) -> Iterator[Fault]:
        tag, line = (found["tag"] or "html").lower(), self._line(found.start())
        if tag not in TAGS:
            yield line, N_("不能使用标签 <{tag}>", tag=tag)
        for name, value in _ATTRIBUTE.findall(found["attributes"] or ""):
            yield from self._attribute(line, tag, name.lower(), value)
        if tag == "img" and not found["end"] and 'src="' not in (found["attributes"] or "").lower():
            yield line, N_('图片只能是二维码：<img src="{{{{ qr }}}}" width="…" height="…">')

    def _attribute(self, line: int, tag: str, name: str, value: str) -> Iterator[Fault]:
        pattern = _ATTRIBUTES.get(name)
        if pattern is None or not re.fullmatch(pattern, value):
            yield line, N_("标签 <{tag}> 不能有这样的属性 {name}", tag=tag, name=name)
        elif name == "src" and (tag != "img" or self._names(value) != {"qr"}):
            yield line, N_('图片只能是二维码：<img src="{{{{ qr }}}}" width="…" height="…">')
        elif name == "lang" and self._names(value) - {"language"}:
            yield line, N_("属性 lang 中只能使用变量 language")
        elif name == "style":
            yield from self._css(self.text.index(value, self._start_of(line)), value)

    def _start_of(self, line: int) -> int:
        return sum(len(each) + 1 for each in self.text.split("\n")[: line - 1])

    def _sheet(self, start: int, text: str) -> Iterator[Fault]:
        yield from self._css(start, text)
        depth = 0
        for found in re.finditer("[{}]", text):
            depth += 1 if found[0] == "{" else -1
            if depth not in (0, 1, 2):
                yield self._line(start + found.start()), N_("样式中的花括号不成对")
                return
        if depth:
            yield self._line(start + len(text)), N_("样式中的花括号不成对")

    def _css(self, start: int, text: str) -> Iterator[Fault]:
        words = N_("样式中不能有 @import、@font-face、url(…) 等引用，也不能有反斜杠、方括号和语句")
        for pattern in (_AT_RULE, _FUNCTION, _RESOURCES, re.compile(r"[\\\[\]" + BLOCK + "<>]")):
            if found := pattern.search(text):
                yield self._line(start + found.start()), words
                break
        if found := _FONT.search(text):
            yield (
                self._line(start + found.start()),
                N_("字体只能是 font-family: {{{{ serif }}}} 或 {{{{ sans }}}}，其他字体没有中文"),
            )
        for place in _PLACE.finditer(text):
            if not self._is_style(int(place[1])):
                yield self._line(start + place.start()), N_("样式中只能使用变量 serif、sans 和 language")

    def _is_style(self, number: int) -> bool:
        constants = [str(each.value) for each in self.trees[number].find_all(nodes.Const)]
        return self._used(number) <= _STYLE_NAMES and all(map(_CSS_CONSTANT.fullmatch, constants))

    def _names(self, text: str) -> set[str]:
        return set().union(*(self._used(int(number)) for number in _PLACE.findall(text)))

    def _used(self, number: int) -> set[str]:
        return {name.name for name in self.trees[number].find_all(nodes.Name)}


def marked(environment: Environment, html: str) -> tuple[str, list[str]]:
    """The template with marks instead of statements and expressions, line by line the same, and the expressions."""
    pieces: list[str] = []
    expressions: list[str] = []
    inside: list[str] = []
    lines = 1
    for line, sort, value in environment.lex(html):
        if sort == "data" or sort in _MARKS:
            padding = "\n" * (line - lines)
            piece = padding + (value if sort == "data" else _MARKS[sort])
            pieces.append(piece)
            lines += piece.count("\n")
        if sort == "variable_begin":
            inside = []
        elif sort == "variable_end":
            pieces.append(f"{len(expressions)}{CLOSE}")
            expressions.append("".join(inside))
        else:
            inside.append(value)
    return "".join(pieces), expressions


_MARKS = {"variable_begin": OPEN, "block_begin": BLOCK}
