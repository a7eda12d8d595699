"""The state machines, declared: from, to, by whom, and the sentence that explains a refusal (domain.md §3).

``services/workflow.fire`` is the only code that writes a state, and it writes only what stands here. The flow
charts of the help pages are drawn from these tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from app.domain.actor import ADMIN, RECOGNITION_OFFICER, REVIEWER, UNIT
from app.domain.phrases import listed
from app.domain.text import N_, Message

DECIDERS = frozenset({REVIEWER, ADMIN})
OFFICERS = frozenset({RECOGNITION_OFFICER, ADMIN})
OWNERS = frozenset({UNIT})
#: what time brings about: no role, only the system itself
NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Transition:
    """One verb: the states it leaves, the state it reaches, the roles that may (whose: see policies).

    ``needs_reason``: the actor has to say why. ``refusal``: what to tell who asks for it in another state.
    """

    verb: str
    label: Message
    sources: tuple[str, ...]
    target: str
    roles: frozenset[str]
    refusal: Message
    needs_reason: bool = False


@dataclass(frozen=True)
class Machine:
    """The states of one kind of record with their labels, and the transitions between them."""

    name: str
    label: Message
    states: Mapping[str, Message]
    initial: str
    transitions: tuple[Transition, ...]

    def find(self, state: str, verb: str) -> Transition | None:
        """The transition ``verb`` out of ``state``, None where there is none."""
        return next((t for t in self.transitions if t.verb == verb and state in t.sources), None)

    def allowed(self, state: str, roles: frozenset[str] | None = None) -> tuple[Transition, ...]:
        """The transitions out of ``state``, to all or only to those who hold one of ``roles``."""
        return tuple(
            t
            for t in self.transitions
            if state in t.sources and (roles is None or not roles.isdisjoint(t.roles))
        )

    def refusal(self, state: str, verb: str) -> Message:
        """Why ``verb`` does not apply in ``state``, and which verbs do; its parameters are messages too."""
        reason = next((t.refusal for t in self.transitions if t.verb == verb), N_("没有这项操作"))
        return N_(
            "{reason}。当前状态：{state}；此时可做：{verbs}",
            reason=reason,
            state=self.states.get(state, state),
            verbs=listed([t.label for t in self.allowed(state)]),
        )

    def to_mermaid(self, render: Callable[[Message], str] = str) -> str:
        """The chart as a Mermaid state diagram; ``render`` gives the labels in another language."""
        states = [f'    state "{render(label)}" as {code}' for code, label in self.states.items()]
        arrows = [f"    {source} --> {t.target}: {render(t.label)}" for source, t in self._arrows()]
        return "\n".join(["stateDiagram-v2", *states, f"    [*] --> {self.initial}", *arrows]) + "\n"

    def to_dot(self, render: Callable[[Message], str] = str) -> str:
        """The chart in Graphviz' language; ``render`` gives the labels in another language."""
        states = [f'  {code} [label="{render(label)}"];' for code, label in self.states.items()]
        arrows = [f'  {source} -> {t.target} [label="{render(t.label)}"];' for source, t in self._arrows()]
        return "\n".join([f"digraph {self.name} {{", "  rankdir=LR;", *states, *arrows, "}"]) + "\n"

    def _arrows(self) -> Iterator[tuple[str, Transition]]:
        return ((source, t) for t in self.transitions for source in t.sources)


REALNAME = Machine(
    "realname",
    N_("实名认证"),
    {
        "unverified": N_("未认证"),
        "pending": N_("待审核"),
        "returned": N_("不通过"),
        "verified": N_("已认证"),
        "change_pending": N_("变更待审核"),
        "change_returned": N_("变更不通过"),
    },
    "unverified",
    (
        Transition(
            "submit", N_("提交认证"), ("unverified", "returned"), "pending", OWNERS,
            N_("只有未认证或不通过的单位可以提交认证"),
        ),
        Transition(
            "withdraw", N_("撤回"), ("pending",), "unverified", OWNERS,
            N_("只有尚未作出决定的认证申请可以撤回"),
        ),
        Transition(
            "approve", N_("通过"), ("pending",), "verified", DECIDERS,
            N_("只有待审核的认证申请可以通过"),
        ),
        Transition(
            "return", N_("退回"), ("pending",), "returned", DECIDERS,
            N_("只有待审核的认证申请可以退回"), needs_reason=True,
        ),
        Transition(
            "submit_change", N_("申请变更"), ("verified", "change_returned"), "change_pending", OWNERS,
            N_("只有已认证的单位可以申请变更名称或统一社会信用代码"),
        ),
        Transition(
            "withdraw_change", N_("撤回变更"), ("change_pending", "change_returned"), "verified", OWNERS,
            N_("只有未通过的变更申请可以撤回"),
        ),
        Transition(
            "approve_change", N_("同意变更"), ("change_pending",), "verified", DECIDERS,
            N_("只有待审核的变更申请可以同意"),
        ),
        Transition(
            "return_change", N_("退回变更"), ("change_pending",), "change_returned", DECIDERS,
            N_("只有待审核的变更申请可以退回"), needs_reason=True,
        ),
    ),
)  # fmt: skip

# States in which a unit counts as verified: a change under way does not take away what was proved before.
VERIFIED_STATES = frozenset({"verified", "change_pending", "change_returned"})

FILING = Machine(
    "filing",
    N_("产品备案"),
    {
        "draft": N_("草稿"),
        "pending": N_("待审核"),
        "returned": N_("不通过"),
        "filed": N_("已备案"),
        "revocation_pending": N_("撤销待审核"),
        "revoked": N_("已撤销"),
    },
    "draft",
    (
        Transition(
            "submit", N_("提交审核"), ("draft", "returned"), "pending", OWNERS,
            N_("只有草稿或不通过的备案可以提交审核"),
        ),
        Transition(
            "withdraw", N_("撤回"), ("pending",), "draft", OWNERS,
            N_("只有尚未作出决定的备案可以撤回"),
        ),
        Transition(
            "approve", N_("通过"), ("pending",), "filed", DECIDERS,
            N_("只有待审核的备案可以通过"),
        ),
        Transition(
            "return", N_("退回"), ("pending",), "returned", DECIDERS,
            N_("只有待审核的备案可以退回"), needs_reason=True,
        ),
        Transition(
            "request_revocation", N_("申请撤销"), ("filed",), "revocation_pending", OWNERS,
            N_("只有已备案的产品可以申请撤销"), needs_reason=True,
        ),
        Transition(
            "withdraw_revocation", N_("撤回撤销申请"), ("revocation_pending",), "filed", OWNERS,
            N_("只有尚未作出决定的撤销申请可以撤回"),
        ),
        Transition(
            "approve_revocation", N_("同意撤销"), ("revocation_pending",), "revoked", DECIDERS,
            N_("只有待审核的撤销申请可以同意"),
        ),
        Transition(
            "refuse_revocation", N_("不同意撤销"), ("revocation_pending",), "filed", DECIDERS,
            N_("只有待审核的撤销申请可以不同意"), needs_reason=True,
        ),
    ),
)  # fmt: skip

UPDATE = Machine(
    "update",
    N_("年度更新"),
    {
        "not_updated": N_("未更新"),
        "draft": N_("更新草稿"),
        "pending": N_("更新待审核"),
        "updated": N_("已更新"),
        "returned": N_("更新不通过"),
    },
    "not_updated",
    (
        Transition(
            "start", N_("开始更新"), ("not_updated",), "draft", OWNERS,
            N_("只有未更新的产品可以开始更新"),
        ),
        Transition(
            "submit", N_("提交审核"), ("draft", "returned"), "pending", OWNERS,
            N_("只有更新草稿或不通过的更新可以提交审核"),
        ),
        Transition(
            "withdraw", N_("撤回"), ("pending",), "draft", OWNERS,
            N_("只有尚未作出决定的更新可以撤回"),
        ),
        Transition(
            "approve", N_("通过"), ("pending",), "updated", DECIDERS,
            N_("只有待审核的更新可以通过"),
        ),
        Transition(
            "return", N_("退回"), ("pending",), "returned", DECIDERS,
            N_("只有待审核的更新可以退回"), needs_reason=True,
        ),
    ),
)  # fmt: skip

ROUND = Machine(
    "round",
    N_("认定批次"),
    {"draft": N_("编制中"), "published": N_("已发布"), "closed": N_("已结束")},
    "draft",
    (
        Transition(
            "publish", N_("发布批次"), ("draft",), "published", OFFICERS,
            N_("只有编制中的批次可以发布"),
        ),
        Transition(
            "close", N_("结束批次"), ("published",), "closed", OFFICERS,
            N_("只有已发布的批次可以结束"),
        ),
    ),
)  # fmt: skip

#: states of a recognition in which the round has not yet decided on the product
UNDER_WAY = (
    "candidate",
    "passed",
    "supplement_due",
    "supplemented",
    "evaluating",
    "proposed",
    "in_notice",
    "objected",
)

RECOGNITION = Machine(
    "recognition",
    N_("专利密集型产品认定"),
    {
        "candidate": N_("候选"),
        "passed": N_("初筛通过"),
        "screened_out": N_("初筛未通过"),
        "supplement_due": N_("待补充"),
        "supplemented": N_("已补充"),
        "overdue": N_("逾期未补充"),
        "evaluating": N_("评价中"),
        "proposed": N_("拟认定"),
        "not_passed": N_("未通过评价"),
        "in_notice": N_("公示中"),
        "objected": N_("异议处理中"),
        "recognised": N_("已认定"),
        "refused": N_("未认定"),
        "expired": N_("已到期"),
        "withdrawn": N_("已撤销认定"),
    },
    "candidate",
    (
        Transition(
            "screen_in", N_("初筛通过"), ("candidate",), "passed", OFFICERS,
            N_("只有候选产品可以初筛通过"),
        ),
        Transition(
            "screen_out", N_("初筛不通过"), ("candidate",), "screened_out", OFFICERS,
            N_("只有候选产品可以初筛不通过"),
        ),
        Transition(
            "screen_again", N_("重新初筛"), ("passed", "screened_out"), "candidate", OFFICERS,
            N_("只有尚未通知补充信息的产品可以重新初筛"),
        ),
        Transition(
            "ask_supplement", N_("通知补充信息"), ("passed",), "supplement_due", OFFICERS,
            N_("只有初筛通过的产品可以通知补充信息"),
        ),
        Transition(
            "supplement", N_("提交补充信息"), ("supplement_due",), "supplemented", OWNERS,
            N_("只有待补充的产品可以提交补充信息"),
        ),
        Transition(
            "take_back", N_("撤回补充信息"), ("supplemented",), "supplement_due", OWNERS,
            N_("只有评价开始前、截止日前的补充信息可以撤回"),
        ),
        Transition(
            "miss_deadline", N_("逾期"), ("supplement_due",), "overdue", NOBODY,
            N_("只有待补充的产品会逾期"),
        ),
        Transition(
            "extend", N_("延期"), ("supplement_due", "overdue"), "supplement_due", OFFICERS,
            N_("只有待补充或逾期未补充的产品可以延期"), needs_reason=True,
        ),
        Transition(
            "evaluate", N_("进入评价"), ("supplemented",), "evaluating", OFFICERS,
            N_("只有已补充信息的产品可以进入评价"),
        ),
        Transition(
            "propose", N_("拟认定"), ("evaluating",), "proposed", OFFICERS,
            N_("只有评价中的产品可以列为拟认定"),
        ),
        Transition(
            "reject", N_("评价不通过"), ("evaluating",), "not_passed", OFFICERS,
            N_("只有评价中的产品可以评价不通过"), needs_reason=True,
        ),
        Transition(
            "publicise", N_("公示"), ("proposed",), "in_notice", OFFICERS,
            N_("只有拟认定的产品可以公示"),
        ),
        Transition(
            "recall", N_("取消公示"), ("in_notice", "objected"), "proposed", OFFICERS,
            N_("只有公示中或异议处理中的产品可以取消公示"), needs_reason=True,
        ),
        Transition(
            "object", N_("受理异议"), ("in_notice",), "objected", OFFICERS,
            N_("只有公示中的产品可以受理异议"),
        ),
        Transition(
            "dismiss_objection", N_("异议不成立"), ("objected",), "in_notice", OFFICERS,
            N_("只有异议处理中的产品可以恢复公示"),
        ),
        Transition(
            "uphold_objection", N_("异议成立"), ("objected",), "refused", OFFICERS,
            N_("只有异议处理中的产品可以因异议不予认定"), needs_reason=True,
        ),
        Transition(
            "recognise", N_("予以认定"), ("in_notice",), "recognised", OFFICERS,
            N_("只有公示期满且没有未办结异议的产品可以认定"),
        ),
        Transition(
            "drop", N_("终止认定"), UNDER_WAY, "refused", OFFICERS,
            N_("只有认定程序尚未结束的产品可以终止认定"), needs_reason=True,
        ),
        Transition(
            "expire", N_("到期"), ("recognised",), "expired", NOBODY,
            N_("只有已认定的产品会到期"),
        ),
        Transition(
            "withdraw", N_("撤销认定"), ("recognised",), "withdrawn", OFFICERS,
            N_("只有已认定的产品可以撤销认定"), needs_reason=True,
        ),
    ),
)  # fmt: skip

HANDLERS = DECIDERS | OFFICERS

OBJECTION = Machine(
    "objection",
    N_("异议与线索"),
    {
        "received": N_("已受理"),
        "handling": N_("处理中"),
        "upheld": N_("成立"),
        "rejected": N_("不成立"),
        "not_accepted": N_("不予受理"),
    },
    "received",
    (
        Transition(
            "handle", N_("开始处理"), ("received",), "handling", HANDLERS,
            N_("只有已受理的异议可以开始处理"),
        ),
        Transition(
            "uphold", N_("认定成立"), ("handling",), "upheld", HANDLERS,
            N_("只有处理中的异议可以认定成立"), needs_reason=True,
        ),
        Transition(
            "reject", N_("认定不成立"), ("handling",), "rejected", HANDLERS,
            N_("只有处理中的异议可以认定不成立"), needs_reason=True,
        ),
        Transition(
            "refuse", N_("不予受理"), ("received",), "not_accepted", HANDLERS,
            N_("只有尚未开始处理的异议可以不予受理"), needs_reason=True,
        ),
    ),
)  # fmt: skip

MACHINES: dict[str, Machine] = {
    machine.name: machine for machine in (REALNAME, FILING, UPDATE, ROUND, RECOGNITION, OBJECTION)
}
