"""The state machines: what may follow what, by whom, and what a refusal says."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.actor import AUDITOR, REVIEWER, UNIT
from app.domain.machines import FILING, MACHINES, REALNAME, RECOGNITION, UPDATE, VERIFIED_STATES

ALL = list(MACHINES.values())


def walk(machine, choices):
    """The (transition, state) steps taken from the initial state by picking allowed transitions."""
    state, steps = machine.initial, []
    for choice in choices:
        options = machine.allowed(state)
        if not options:
            break
        step = options[choice % len(options)]
        state = step.target
        steps.append((step.verb, state))
    return steps


CHOICES = st.lists(st.integers(0, 9), max_size=12)


@given(CHOICES)
def test_T_W01_no_path_reaches_filed_without_an_approval(choices):
    for verb, state in walk(FILING, choices):
        if state == "filed":
            assert verb in ("approve", "withdraw_revocation", "refuse_revocation")
    verbs = [verb for verb, state in walk(FILING, choices)]
    if "request_revocation" in verbs:
        assert "approve" in verbs[: verbs.index("request_revocation")]


@given(CHOICES)
def test_T_W01_a_unit_is_verified_only_by_a_decision(choices):
    steps = walk(REALNAME, choices)
    first = next((i for i, (_, state) in enumerate(steps) if state in VERIFIED_STATES), None)
    if first is not None:
        assert steps[first][0] == "approve"


@given(CHOICES)
def test_T_W02_nothing_is_approved_twice_without_a_submission_between(choices):
    for machine in (FILING, UPDATE):
        decided = [verb for verb, _ in walk(machine, choices) if verb in ("approve", "return", "submit")]
        assert all("submit" in pair for pair in pairwise(decided))


@pytest.mark.parametrize("machine", ALL, ids=lambda m: m.name)
def test_every_table_is_whole(machine):
    for step in machine.transitions:
        assert {*step.sources, step.target} <= set(machine.states)
        assert str(step.refusal) and str(step.label)
    verbs = [step.verb for step in machine.transitions]
    assert len(verbs) == len(set(verbs))


@pytest.mark.parametrize("machine", ALL, ids=lambda m: m.name)
def test_every_state_can_be_reached(machine):
    reached, before = {machine.initial}, set()
    while reached != before:
        before = set(reached)
        reached |= {step.target for state in before for step in machine.allowed(state)}
    assert reached == set(machine.states)


@pytest.mark.parametrize("machine", ALL, ids=lambda m: m.name)
def test_no_role_both_submits_and_decides(machine):
    for step in machine.transitions:
        assert step.roles == {UNIT} or UNIT not in step.roles


def test_only_time_misses_a_deadline_or_ends_a_recognition():
    by_nobody = {step.verb for machine in ALL for step in machine.transitions if not step.roles}
    assert by_nobody == {"miss_deadline", "expire"}


def paths(machine, state, seen=()):
    """Every way from ``state``, no state twice, as the states passed."""
    yield (*seen, state)
    for step in machine.allowed(state):
        if step.target not in (*seen, state):
            yield from paths(machine, step.target, (*seen, state))


def test_T_W01_nothing_is_recognised_without_screening_supplement_evaluation_and_notice():
    ways = [way for way in paths(RECOGNITION, "candidate") if way[-1] == "recognised"]
    assert ways
    for way in ways:
        assert {"passed", "supplemented", "evaluating", "proposed", "in_notice"} <= set(way)


@pytest.mark.parametrize(
    "verb", ["screen_in", "ask_supplement", "supplement", "evaluate", "propose", "publicise", "recognise"]
)
def test_T_W01_no_path_however_winding_is_recognised_without(verb):
    reached, before = {"candidate"}, set()
    while reached != before:
        before = set(reached)
        steps = [step for state in before for step in RECOGNITION.allowed(state) if step.verb != verb]
        reached |= {step.target for step in steps}
    assert not reached & {"recognised", "expired", "withdrawn"}


def test_returning_needs_a_reason_and_approving_does_not():
    assert FILING.find("pending", "return").needs_reason
    assert not FILING.find("pending", "approve").needs_reason


def test_only_the_holder_of_a_role_is_offered_a_verb():
    assert [step.verb for step in FILING.allowed("pending", frozenset({UNIT}))] == ["withdraw"]
    assert [step.verb for step in FILING.allowed("pending", frozenset({REVIEWER}))] == ["approve", "return"]
    assert FILING.allowed("pending", frozenset({AUDITOR})) == ()


def test_T_W01_a_refusal_names_the_state_and_what_may_be_done():
    said = str(FILING.refusal("draft", "approve"))
    assert "只有待审核的备案可以通过" in said
    assert "草稿" in said and "提交审核" in said
    assert "没有这项操作" in str(FILING.refusal("revoked", "fly"))


def test_a_change_under_way_leaves_the_unit_verified():
    assert REALNAME.find("verified", "submit_change").target in VERIFIED_STATES
    assert REALNAME.find("change_pending", "return_change").target in VERIFIED_STATES


@pytest.mark.parametrize("machine", ALL, ids=lambda m: m.name)
def test_charts_show_every_state_and_transition(machine):
    for chart in (machine.to_mermaid(), machine.to_dot()):
        for code, label in machine.states.items():
            assert code in chart and str(label) in chart
        for step in machine.transitions:
            assert str(step.label) in chart
