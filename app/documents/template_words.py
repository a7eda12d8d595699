"""What the expressions and statements of an editable template may be: a closed list, judged by reading, never by running.

There is ``if``, ``for`` over a list of the document, three filters, comparisons and translated texts; no arithmetic, no
calls, no attribute that is not in the list. So a template ends, and its length is bounded, whatever staff write in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import nodes

from app.domain.text import N_, Message

TEXT, NUMBER, DATE, TIME, FLAG = "text", "number", "date", "time", "flag"
#: a list of the document, what its elements are called, a patent's kind and what kinds are called
LIST, ELEMENT, CODE, NAMES = "list", "element", "code", "names"
#: of an expression that has a fault already
ANY = "any"

FILTERS = {"day": ((DATE,), TEXT), "moment": ((TIME,), TEXT), "length": ((LIST,), NUMBER)}
_IN_LOOPS = {"loop.index": NUMBER, "loop.first": FLAG, "loop.last": FLAG}
_PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])")
Fault = tuple[int, Message]


class Judge:
    """Reads a template's tree; ``faults`` by line, ``used`` the variables it shows."""

    def __init__(self, variables: Mapping[str, str], element: Mapping[str, str]) -> None:
        self.known = dict(variables)
        self.element = element
        self.faults: list[Fault] = []
        self.used: set[str] = set()
        self._loops = 0

    def body(self, statements: Iterable[nodes.Node]) -> None:
        """Judge statements one after the other."""
        for statement in statements:
            if isinstance(statement, nodes.Output):
                self._shown(statement)
            elif isinstance(statement, nodes.If):
                self._choice(statement)
            elif isinstance(statement, nodes.For):
                self._loop(statement)
            else:
                self._fault(statement, N_("不支持该语句：只能使用 if 和 for"))

    def _fault(self, node: nodes.Node, message: Message) -> str:
        self.faults.append((node.lineno, message))
        return ANY

    def _shown(self, output: nodes.Output) -> None:
        for part in output.nodes:
            if not isinstance(part, nodes.TemplateData) and self.kind(part) in (LIST, ELEMENT, NAMES):
                self._fault(part, N_("列表不能直接输出，请用 for 逐项输出"))

    def _choice(self, choice: nodes.If) -> None:
        self.kind(choice.test)
        self.body(choice.body)
        for other in choice.elif_:
            self._choice(other)
        self.body(choice.else_)

    def _loop(self, loop: nodes.For) -> None:
        of = self.kind(loop.iter)
        if self._loops:
            self._fault(loop, N_("for 不能嵌套"))
        elif of not in (LIST, ANY) or not isinstance(loop.target, nodes.Name) or loop.test or loop.recursive:
            self._fault(loop, N_("for 的写法只能是 for 名称 in 列表变量"))
        elif loop.target.name in self.known or loop.target.name in {
            name.partition(".")[0] for name in self.known
        }:
            self._fault(loop, N_("for 的名称与已有变量重名，请换一个名称"))
        else:
            self._in_loop(loop, loop.target.name)
        self.body(loop.else_)

    def _in_loop(self, loop: nodes.For, name: str) -> None:
        outside = self.known
        fields = {f"{name}.{field}": kind for field, kind in self.element.items()}
        self.known = {**outside, name: ELEMENT, **fields, **_IN_LOOPS}
        self._loops += 1
        self.body(loop.body)
        self._loops -= 1
        self.known = outside

    def kind(self, node: nodes.Node | None) -> str:
        """What an expression gives; its faults are noted."""
        judged = _EXPRESSIONS.get(type(node))
        if node is None or judged is None:
            return self._fault(node, N_("不支持这样的表达式")) if node is not None else ANY
        return judged(self, node)

    def _constant(self, node: nodes.Const) -> str:
        if isinstance(node.value, bool):
            return FLAG
        if isinstance(node.value, int):
            return NUMBER
        if isinstance(node.value, str):
            return TEXT
        return self._fault(node, N_("不支持这样的表达式"))

    def _variable(self, node: nodes.Node) -> str:
        name = path(node)
        if name is None:
            return self._fault(node, N_("不支持这样的表达式"))
        if name not in self.known:
            return self._fault(node, N_("没有变量“{name}”", name=name))
        self.used.add(name)
        return self.known[name]

    def _item(self, node: nodes.Getitem) -> str:
        if path(node.node) not in self.known:
            return self._fault(node, N_("方括号只能用于取专利类型的名称：kinds[…]"))
        names, code = self.kind(node.node), self.kind(node.arg)
        if (names, code) == (NAMES, CODE) or ANY in (names, code):
            return TEXT
        return self._fault(node, N_("方括号只能用于取专利类型的名称：kinds[…]"))

    def _filter(self, node: nodes.Filter) -> str:
        given = self.kind(node.node)
        if node.name not in FILTERS or node.args or node.kwargs:
            return self._fault(node, N_("没有过滤器“{name}”，可用的有 day、moment、length", name=node.name))
        takes, gives = FILTERS[node.name]
        if given not in (*takes, ANY):
            return self._fault(node, N_("过滤器“{name}”不能用于这个变量", name=node.name))
        return gives

    def _comparison(self, node: nodes.Compare) -> str:
        kinds = {self.kind(each) for each in (node.expr, *(operand.expr for operand in node.ops))} - {ANY}
        operators = {operand.op for operand in node.ops}
        if operators - {"eq", "ne"} and (operators & {"in", "notin"} or kinds - {NUMBER}):
            return self._fault(node, N_("只有数可以比较大小，其他内容只能用 == 或 !="))
        return FLAG

    def _logic(self, node: Any) -> str:
        for part in node.iter_child_nodes():
            self.kind(part)
        return FLAG

    def _either(self, node: nodes.CondExpr) -> str:
        self.kind(node.test)
        kinds = {self.kind(node.expr1), self.kind(node.expr2)} - {ANY}
        return kinds.pop() if len(kinds) == 1 else TEXT

    def _call(self, node: nodes.Call) -> str:
        """``_('…', name=…)``: a text of the catalog; its placeholders could otherwise ask for any length."""
        if path(node.node) != "_" or len(node.args) != 1 or node.dyn_args or node.dyn_kwargs:
            return self._fault(node, N_("不支持调用；只有译文可以写作 _('…')"))
        given = {pair.key: self.kind(pair.value) for pair in node.kwargs}
        text = node.args[0]
        if not isinstance(text, nodes.Const):
            return (
                TEXT
                if isinstance(text, nodes.Getitem) and self.kind(text) in (TEXT, ANY)
                else self._unclear(node)
            )
        if not isinstance(text.value, str) or not _fits(text.value, given):
            return self._unclear(node)
        return TEXT

    def _unclear(self, node: nodes.Node) -> str:
        return self._fault(
            node, N_("译文的写法是 _('…%(name)s…', name=变量)，数也可以写 %(number)d，百分号写 %%")
        )


def path(node: nodes.Node) -> str | None:
    """``data.number`` for what is written so."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        owner = path(node.node)
        return None if owner is None else f"{owner}.{node.attr}"
    return None


def _fits(text: str, given: Mapping[str, str]) -> bool:
    wanted = _PLACEHOLDER.findall(text)
    rest = _PLACEHOLDER.sub("", text)
    return "%" not in rest.replace("%%", "") and all(
        name in given and (mark == "s" or given[name] in (NUMBER, ANY)) for name, mark in wanted
    )


_EXPRESSIONS: dict[type[Any], Callable[[Judge, Any], str]] = {
    nodes.Const: Judge._constant,
    nodes.Name: Judge._variable,
    nodes.Getattr: Judge._variable,
    nodes.Getitem: Judge._item,
    nodes.Filter: Judge._filter,
    nodes.Compare: Judge._comparison,
    nodes.And: Judge._logic,
    nodes.Or: Judge._logic,
    nodes.Not: Judge._logic,
    nodes.CondExpr: Judge._either,
    nodes.Call: Judge._call,
}
