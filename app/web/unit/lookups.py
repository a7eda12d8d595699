"""Questions that scripts on the pages ask: divisions, classifications, patent numbers. All answers are JSON."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.domain import patent_number
from app.domain.normal import InputError
from app.registers import classifications, regions
from app.registers import patents as register
from app.registers.classifications import Node
from app.web.access import guarded
from app.web.labels import intensive_names, label, path
from app.web.text import called, render
from app.web.unit.base import UnitPage

_LIMIT = 20


class UnitLookupView(UnitPage):
    """What the forms' scripts look up."""

    route_base = "/my/lookup"
    roles = {"Unit": ("can_read",)}

    @expose("/regions")
    @guarded("read")
    def regions(self) -> Response:
        """The divisions below ``parent`` (a province's or city's code)."""
        return jsonify(
            [{"code": d.code, "name": called(d)} for d in regions.children(request.args.get("parent", ""))]
        )

    @expose("/<any(industry,class):scheme>")
    @guarded("read")
    def nodes(self, scheme: str) -> Response:
        """Nodes that fit ``q`` (Chinese or English name, code or pinyin), or those below ``parent`` for going through the tree."""
        text = request.args.get("q", "").strip()[:60]
        if text:
            return jsonify([node_row(node) for node in classifications.search(scheme, text, _LIMIT)])
        return jsonify(
            [node_row(node) for node in classifications.children(scheme, request.args.get("parent") or None)]
        )

    @expose("/intensive")
    @guarded("read")
    def intensive(self) -> Response:
        """Whether an industry is patent-intensive: information only, it blocks nothing (manual)."""
        return jsonify(intensive_row(request.args.get("code", "")))

    @expose("/patent-number")
    @guarded("read")
    def patent(self) -> Response:
        """A patent number as it is understood, and what the register knows of it."""
        typed = request.args.get("number", "")
        if len(typed) > 60:
            raise BadRequest
        try:
            number = patent_number.parse(typed)
        except InputError as error:
            return jsonify(ok=False, message=render(error.message))
        return jsonify(ok=True, display=number.display, kind=label("patent", "kind", number.kind),
                       known=_known(number.compact))  # fmt: skip


def node_row(node: Node) -> dict[str, Any]:
    """A node of a classification for the picker."""
    row = {"code": node.code, "name": called(node), "path": " › ".join(path(node)), "leaf": node.is_leaf}
    if node.nature:
        row["kind"] = _("，").join(filter(None, (
            label("product_class", "nature", node.nature), label("product_class", "stage", node.stage))))  # fmt: skip
    return row


def intensive_row(code: str) -> dict[str, Any] | None:
    """What the 2019 classification says of an industry; None where no such industry can be chosen."""
    node = classifications.get("industry", code)
    if node is None or not node.is_leaf:
        return None
    match = classifications.is_intensive(code)
    if match is None:
        return {"intensive": False, "provisional": classifications.intensive_is_provisional()}
    group, subgroup = intensive_names(match)
    return {"intensive": True, "group": group, "subgroup": subgroup, "partial": match.partial,
            "provisional": match.provisional}  # fmt: skip


def _known(compact: str) -> dict[str, str] | None:
    found = register.find(compact)
    if found is None:
        return None
    return {
        "title": found.title or "", "patentees": found.patentees,
        "filing_date": found.filing_date.isoformat() if found.filing_date else "",
        "legal_state": label("patent", "legal_state", found.legal_state),
    }  # fmt: skip
