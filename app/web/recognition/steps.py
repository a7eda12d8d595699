"""The steps of a round, in order: where each is done, and which products wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l


@dataclass(frozen=True)
class Step:
    """One step of a round: ``endpoint`` is its page and takes ``round_id``.

    ``waiting``: states of products for which an officer has to do this step; ``states``: all that are counted here.
    """

    code: str
    label: Any
    hint: Any
    endpoint: str
    waiting: tuple[str, ...]
    states: tuple[str, ...]


STEPS: tuple[Step, ...] = (
    Step(
        "candidates", _l("汇集候选产品"), _l("截止日前备案或更新、参与认定、有数据年度数据的产品；未列入的逐一说明原因。"),
        "RoundCandidatesView.index", (), ("candidate",),
    ),
    Step(
        "screening", _l("初筛"), _l("按方案的经济指标与同类产品比较，每个结果都有说明；确认后才生效。"),
        "RoundScreeningView.index", ("candidate",), ("passed", "screened_out"),
    ),
    Step(
        "supplement", _l("补充信息"), _l("通知初筛通过的单位补充专利信息和证明；逾期的可以说明理由延期。"),
        "SupplementsView.index", ("passed",), ("supplement_due", "supplemented", "overdue"),
    ),
    Step(
        "evaluation", _l("评审"), _l("分配评审人员，各自独立评分。"),
        "RoundEvaluationView.show", ("supplemented",), ("evaluating",),
    ),
    Step(
        "proposal", _l("拟认定名单"), _l("按总分排序，划定分数线，提出拟认定名单。"),
        "ProposalView.index", ("evaluating",), ("proposed", "not_passed"),
    ),
    Step(
        "notice", _l("公示"), _l("公示满规定的工作日，任何人可以提出异议。"),
        "NoticeDeskView.index", ("proposed",), ("in_notice",),
    ),
    Step(
        "objections", _l("异议处理"), _l("逐件作出有理由的决定；有未办结异议的产品不能认定。"),
        "ObjectionDeskView.of_round", ("objected",), ("objected",),
    ),
    Step(
        "recognition", _l("认定"), _l("公示期满且没有未办结异议的产品予以认定，证书同时编号并签名。"),
        "NoticeDeskView.index", ("in_notice",), ("recognised", "refused"),
    ),
    Step(
        "certificates", _l("证书"), _l("批量生成带电子签名的证书文件；必要时撤销认定。"),
        "CertificateDeskView.index", (), ("expired", "withdrawn"),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """A step with how many products wait for it, how many are in each of its states, and whether it has been reached."""

    step: Step
    waiting: int
    counted: tuple[tuple[str, int], ...]
    reached: bool


def shown(counts: Mapping[str, int], waiting: Mapping[str, int]) -> list[Shown]:
    """Every step with the round's ``counts`` of products by state; ``waiting`` says for some steps how much is to be done."""
    rows = []
    for number, step in enumerate(STEPS):
        beyond = {state for later in STEPS[number:] for state in later.states}
        rows.append(
            Shown(
                step,
                waiting.get(step.code, sum(counts.get(state, 0) for state in step.waiting)),
                tuple((state, counts[state]) for state in step.states if counts.get(state)),
                any(counts.get(state) for state in beyond),
            )
        )
    return rows


def following(counts: Mapping[str, int], waiting: Mapping[str, int]) -> Step | None:
    """The step an officer does next: the first that something waits for; None where nothing does."""
    if not counts:
        return STEPS[0]
    return next((row.step for row in shown(counts, waiting) if row.waiting), None)
