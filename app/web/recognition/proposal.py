"""The list of a round's products by score, the line, and the decision on all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from sqlalchemy import and_, func, select
from sqlalchemy.orm import joinedload

from app import models as m
from app.db import session
from app.domain.clock import utc_now
from app.domain.errors import Conflict, NotFound, Problem, RuleError
from app.domain.recognition import evaluation as rules
from app.domain.recognition.scheme import Scheme
from app.services.recognition import proposal, round_work, rounds, scores
from app.web import exporting, labels, listing
from app.web.access import guarded
from app.web.desk import people
from app.web.recognition.base import ROUND, RoundPage, followed
from app.web.security import current_actor
from app.web.text import render

#: the products that are being or have been evaluated
EVALUATED = ("evaluating", "proposed", "not_passed", "in_notice", "objected", "recognised", "refused", "expired",
             "withdrawn")  # fmt: skip
OVERRIDE = "override."
#: so many rows on either side of the line are shown before the decision
AROUND = 10
_SPEC = listing.ListSpec(
    m.Recognition,
    ("state", "machine_score", "expert_score", "score", "product", "unit"),
    (), ("score", "desc"), {}, (),
)  # fmt: skip


class ProposalView(RoundPage):
    """拟认定名单."""

    route_base = "/recognition"

    @expose(f"/{ROUND}/proposal")
    @guarded("read")
    def index(self, round_id: int) -> Any:
        """The products by their final scores, with the line between those that reach it and the others."""
        round_ = self.round(round_id)
        scheme = rounds.scheme_of(round_)
        rows = proposal.ready(round_.id)
        line, problem = _line(scheme, rows)
        query = listing.read_query(
            _SPEC, {k: v for k, v in request.args.items() if k in ("q", "after", "before")}
        )
        page = listing.fetch(_SPEC, query, and_(_evaluated(round_.id), _named(query.text)))
        full = rules.full(rules.items(scheme))
        return self.page(
            "proposal.html", 422 if problem else 200, title=_("评分结果与拟认定名单"), round=round_, scheme=scheme, line=line,
            problem=problem, query=query, page=page, reviewers=_reviewers([row.id for row in page.rows]),
            spreads=scores.spreads([row.id for row in page.rows], full), full=full, is_above=rules.is_above,
            above=sum(rules.is_above(row.score, line) for row in rows), ready=len(rows),
            unfinished=proposal.unfinished(round_.id), total=Decimal(100),
        )  # fmt: skip

    @expose(f"/{ROUND}/proposal.{exporting.KIND}", methods=["GET", "POST"])
    @exporting.exports("read")
    def export(self, _args: Mapping[str, str], round_id: int) -> exporting.Sheet:
        """The list, all of it."""
        round_ = self.round(round_id)
        title = _("%(round)s评分结果", round=round_.title)
        rows = _exported(round_, rounds.scheme_of(round_))
        return exporting.Sheet(title, "recognition", _header(), rows, entity_id=round_.id)

    @expose(f"/{ROUND}/proposal/confirm")
    @guarded("work")
    def confirm(self, round_id: int) -> Any:
        """What is about to be decided: the line, the products around it, and those that are put on its other side."""
        return self._confirm(
            round_id, request.args.get("cut", ""), people.numbers(request.args.getlist("adjust"))
        )

    @expose(f"/{ROUND}/proposal", methods=["POST"])
    @guarded("work")
    def decide(self, round_id: int) -> Any:
        """Propose those that reach the line, reject the others, all at once."""
        form = request.form
        texts = {name[len(OVERRIDE) :]: text for name, text in form.items() if name.startswith(OVERRIDE)}
        overrides = dict(zip(people.numbers(texts), texts.values(), strict=True))
        try:
            decision = proposal.Decision(
                proposal.read_line(form.get("cut", "")),
                form.get("reason", ""),
                overrides,
                form.get("seen", ""),
            )
            job = round_work.propose(round_id, decision, current_actor(), utc_now())
        except (RuleError, Conflict) as error:
            session.rollback()
            problems = getattr(error, "problems", [Problem(None, error.message)])
            status = 409 if isinstance(error, Conflict) else 422
            return self._confirm(round_id, form.get("cut", ""), list(overrides), status, problems)
        return followed(job)

    def _confirm(
        self,
        round_id: int,
        cut: str,
        adjusted: Sequence[int],
        status: int = 200,
        problems: Sequence[Problem] = (),
    ) -> Any:
        round_ = self.round(round_id)
        scheme = rounds.scheme_of(round_)
        try:
            line = proposal.read_line(cut)
        except RuleError as error:
            line, problems, status = scheme.cut.quantize(rules.CENT), error.problems, 422
        rows = proposal.ready(round_.id)
        above = sum(rules.is_above(row.score, line) for row in rows)
        known = {row.id for row in rows}
        moved = [each for each in _load(adjusted) if each.id in known]
        if set(adjusted) - known and not problems:
            raise NotFound
        near = _load([row.id for row in rows[max(above - AROUND, 0) : above + AROUND]])
        return self.page(
            "proposal_confirm.html", status, title=_("确认拟认定名单"), round=round_, scheme=scheme, line=line, rows=rows,
            above=above, near=near, moved=moved, adjusted=[each.id for each in moved], prefix=OVERRIDE, typed=request.form,
            reason=request.form.get("reason", proposal.usual_reason(line)), seen=proposal.fingerprint(rows),
            unfinished=proposal.unfinished(round_.id), is_above=rules.is_above,
            problems={problem.field or "": render(problem.message) for problem in problems},
        )  # fmt: skip


def _line(scheme: Scheme, rows: Sequence[proposal.Row]) -> tuple[Decimal, str]:
    """The line that was asked for, by points or by a number of products; the scheme's own where none was."""
    usual = proposal.line_of(scheme, rows)
    most, cut = request.args.get("most", "").strip(), request.args.get("cut", "").strip()
    count = int(most) if most.isascii() and most.isdecimal() and len(most) < 8 else None
    if most and count is None:
        return usual, _("请填写产品数量")
    try:
        return proposal.line_of(scheme, rows, cut, count), ""
    except RuleError as error:
        return usual, render(error.message)


def _evaluated(round_id: int) -> Any:
    return and_(m.Recognition.round_id == round_id, m.Recognition.state.in_(EVALUATED))


def _named(typed: str) -> Any:
    if not typed:
        return m.Recognition.id.is_not(None)
    found = select(m.Product.id).where(
        m.Product.name.icontains(typed, autoescape=True) | (m.Product.filing_no == typed)
    )
    return m.Recognition.product_id.in_(found)


def _load(ids: Sequence[int]) -> list[m.Recognition]:
    """Products in the order of ``ids``."""
    query = select(m.Recognition).where(m.Recognition.id.in_(ids))
    query = query.options(joinedload(m.Recognition.product), joinedload(m.Recognition.unit))
    rows = {each.id: each for each in session.scalars(query)}
    return [rows[key] for key in ids if key in rows]


def _reviewers(ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """How many of each product's reviewers have scored, and how many it has. Counts alone: no score shows."""
    scored = func.count(m.Evaluation.submitted_at)
    query = (
        select(m.Evaluation.recognition_id, scored, func.count(m.Evaluation.id))
        .where(m.Evaluation.recognition_id.in_(ids), m.Evaluation.state != "recused")
        .group_by(m.Evaluation.recognition_id)
        .execution_options(unscoped=True)
    )
    return {key: (done, every) for key, done, every in session.execute(query)}


def _header() -> list[str]:
    return [
        _("备案编号"),
        _("产品名称"),
        _("备案单位"),
        _("数据得分"),
        _("专家得分"),
        _("综合得分"),
        _("评分差距"),
        _("状态"),
    ]


def _exported(round_: m.RecognitionRound, scheme: Scheme) -> Iterator[list[Any]]:
    query = select(m.Recognition).where(_evaluated(round_.id))
    query = query.options(joinedload(m.Recognition.product), joinedload(m.Recognition.unit))
    ordered = query.order_by(m.Recognition.score.desc().nulls_last(), m.Recognition.id.desc())
    rows = list(session.scalars(ordered))
    spreads: Mapping[int, scores.Spread] = scores.spreads(
        [row.id for row in rows], rules.full(rules.items(scheme))
    )
    for row in rows:
        apart = spreads[row.id].apart if row.id in spreads else None
        yield [
            row.product.filing_no, row.product.name, row.unit.name, row.machine_score, row.expert_score, row.score, apart,
            labels.label("recognition", "state", row.state),
        ]  # fmt: skip
