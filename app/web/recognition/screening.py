"""Screening 初筛 in the officer's hands: runs, their results with the explanation of each, comparison, taking over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from sqlalchemy import select

from app import models as m
from app import policies
from app.columns import LARGEST_KEY
from app.db import session
from app.domain.clock import utc_now
from app.domain.errors import Conflict, NotFound
from app.domain.recognition.scoring import points_decimal, unscaled
from app.services.recognition import results, rounds, screening
from app.services.recognition.results import Place, Wanted
from app.web import exporting, labels
from app.web.access import guarded
from app.web.recognition.base import ROUND, RUN, RoundPage
from app.web.security import current_actor
from app.web.text import in_english, render

_PAGE = 50
_AT = f"/{ROUND}/screening/{RUN}"
PRODUCT = "<int(max=9223372036854775807):product_id>"


class RoundScreeningView(RoundPage):
    """初筛."""

    route_base = "/recognition"

    @expose(f"/{ROUND}/screening")
    @guarded("read")
    def index(self, round_id: int) -> Any:
        """The runs of the round, newest first."""
        return self._runs(self.round(round_id))

    def _runs(self, round_: m.RecognitionRound, status: int = 200, why: str = "") -> Any:
        runs = session.scalars(
            select(m.ScreeningRun)
            .where(m.ScreeningRun.round_id == round_.id)
            .order_by(m.ScreeningRun.number.desc())
        ).all()
        return self.page(
            "screening.html", status, title=_("初筛"), round=round_, runs=runs, why=why,
            newest=screening.newest(round_.id), counts=rounds.counts(round_.id),
        )  # fmt: skip

    @expose(f"/{ROUND}/screening", methods=["POST"])
    @guarded("work")
    def start(self, round_id: int) -> Any:
        """Begin a run, and go where its progress shows."""
        try:
            job = screening.start(round_id, current_actor(), utc_now())
        except Conflict as error:
            session.rollback()
            return self._runs(self.round(round_id), 409, render(error.message))
        return redirect(url_for("BackgroundView.show", job_id=job.id))

    @expose(_AT)
    @guarded("read")
    def run(self, round_id: int, run_id: int) -> Any:
        """The results of a run."""
        run, wanted = self._run(round_id, run_id), _wanted(request.args)
        page = results.page(run, wanted, _read_place(request.args.get("after")), _PAGE)
        following = None if page.following is None else _written(page.following)
        return self.page(
            "screening_run.html", title=_("初筛结果（第 %(n)s 次）", n=run.number), round=run.round, run=run, page=page,
            wanted=wanted, following=following, earlier=_earlier(run), newest=screening.newest(round_id),
            scheme=rounds.scheme_of(run.round), class_name=_class_name,
        )  # fmt: skip

    @expose(f"{_AT}/export/{exporting.KIND}", methods=["GET", "POST"])
    @exporting.exports("read")
    def export(self, args: Mapping[str, str], round_id: int, run_id: int) -> exporting.Sheet:
        """The results as the page is filtered, every criterion's value and points beside each other."""
        run, wanted = self._run(round_id, run_id), _wanted(args)
        title = _("初筛结果（第 %(n)s 次）", n=run.number)
        return exporting.Sheet(
            title, "screening_result", _header(run), _rows(run, wanted), _filters(wanted), entity_id=run_id
        )

    @expose(f"{_AT}/product/{PRODUCT}")
    @guarded("read")
    def product(self, round_id: int, run_id: int, product_id: int) -> Any:
        """Why a product passed or did not, and the least change that would."""
        run = self._run(round_id, run_id)
        result = results.find(run, product_id)
        return self.page(
            "screening_product.html", title=result.product.name, round=run.round, run=run, result=result,
            explained=screening.explain(result, run), least=None if result.passed else screening.least_change(result, run),
            english=in_english(), value=unscaled, points=points_decimal,
        )  # fmt: skip

    @expose(f"{_AT}/compare")
    @guarded("read")
    def compare(self, round_id: int, run_id: int) -> Any:
        """What this run found otherwise than an earlier one (``with``: its number; the one before)."""
        run = self._run(round_id, run_id)
        others = _done(run)
        asked = request.args.get("with", "")
        earlier = (
            next((each for each in others if str(each.number) == asked), None) if asked else _earlier(run)
        )
        if earlier is None:
            raise NotFound
        return self.page(
            "screening_compare.html", title=_("比较两次初筛"), round=run.round, run=run, earlier=earlier, others=others,
            differences=screening.compare(run, earlier),
        )  # fmt: skip

    @expose(f"{_AT}/apply")
    @guarded("work")
    def confirm(self, round_id: int, run_id: int) -> Any:
        """What taking the results over will do."""
        return self._confirm(self._run(round_id, run_id))

    def _confirm(self, run: m.ScreeningRun, status: int = 200, why: str = "") -> Any:
        return self.page(
            "screening_apply.html", status, title=_("采用初筛结果"), round=run.round, run=run, why=why,
            counts=rounds.counts(run.round_id), newest=screening.newest(run.round_id),
        )  # fmt: skip

    @expose(f"{_AT}/apply", methods=["POST"])
    @guarded("work")
    def apply(self, round_id: int, run_id: int) -> Any:
        """Make the run's verdicts the products' states."""
        self._run(round_id, run_id)
        try:
            done = screening.apply(run_id, current_actor(), utc_now())
        except Conflict as error:
            session.rollback()
            return self._confirm(self._run(round_id, run_id), 409, render(error.message))
        flash(
            _("已采用：%(passed)s 个产品初筛通过，%(out)s 个未通过", passed=f"{done.passed:,}", out=f"{done.screened_out:,}"),
            "success",
        )  # fmt: skip
        return redirect(url_for("RecognitionView.show", round_id=round_id))

    def _run(self, round_id: int, run_id: int) -> m.ScreeningRun:
        """A run of the round; 404 for one of another round."""
        run = policies.find(session(), m.ScreeningRun, run_id, current_actor())
        if run.round_id != round_id:
            raise NotFound
        return run


def _wanted(args: Mapping[str, str]) -> Wanted:
    passed = args.get("passed", "")
    if passed not in ("", "yes", "no"):
        abort(400)
    code = args.get("class", "").strip()[:20]
    return Wanted(None if not passed else passed == "yes", code, args.get("q", "")[:100])


def _filters(wanted: Wanted) -> list[tuple[str, str]]:
    """What limits the results, in words."""
    verdict = "" if wanted.passed is None else _("通过") if wanted.passed else _("未通过")
    found = ((_("结论"), verdict), (_("产品分类"), wanted.class_code), (_("搜索"), wanted.text))
    return [(name, text) for name, text in found if text]


def _written(place: Place) -> str:
    return f"{place[0]}_{place[1]}"


def _read_place(text: str | None) -> Place | None:
    """Where a page goes on, as the link says it; anything else is a bad request."""
    if not text:
        return None
    score, _sep, product = text.partition("_")
    try:
        place = Decimal(score), int(product)
    except (InvalidOperation, ValueError):
        abort(400)
    if not place[0].is_finite() or abs(place[0]) > 100 or not 0 <= place[1] <= LARGEST_KEY:
        abort(400)
    return place


def _done(run: m.ScreeningRun) -> list[m.ScreeningRun]:
    query = select(m.ScreeningRun).where(
        m.ScreeningRun.round_id == run.round_id, m.ScreeningRun.state == "done", m.ScreeningRun.id != run.id
    )
    return list(session.scalars(query.order_by(m.ScreeningRun.number.desc())))


def _earlier(run: m.ScreeningRun) -> m.ScreeningRun | None:
    return next((each for each in _done(run) if each.number < run.number), None)


def _class_name(result: m.ScreeningResult) -> str:
    code = result.product.class_code
    return (labels.named("class_code", code) or "") if code else ""


def _header(run: m.ScreeningRun) -> list[str]:
    english = in_english()
    fixed = [_("备案编号"), _("产品名称"), _("备案单位"), _("产品分类"), _("结论"), _("总分")]
    for indicator in rounds.scheme_of(run.round).machine("screening"):
        name = indicator.label(english)
        fixed += [name, _("%(name)s：得分", name=name), _("%(name)s：说明", name=name)]
    return fixed


def _rows(run: m.ScreeningRun, wanted: Wanted) -> Iterator[list[Any]]:
    for result in results.every(run, wanted):
        told = screening.explain(result, run)
        verdict = _("通过") if result.passed else _("未通过")
        row: list[Any] = [
            result.product.filing_no, result.product.name, result.product.unit.name, _class_name(result), verdict,
            result.score,
        ]  # fmt: skip
        for criterion in told.criteria:
            row += [criterion.value, criterion.points, render(criterion.sentence)]
        yield row
