"""The closed list of checks. A check looks at a filing and yields a hit for each place that breaks its rule."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from app.domain.filing.filing import Filing

#: The name of the check that only a person can do.
REVIEWER = "reviewer"


@dataclass(frozen=True)
class Hit:
    """A place that breaks a rule: the field's name and what fills the blanks of the rule's text."""

    field: str | None
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


#: What a check looks like in code.
Run = Callable[[Filing], Iterable[Hit]]


@dataclass(frozen=True)
class Check:
    """A registered check: the fields it may name, and the blanks its hits fill."""

    name: str
    run: Run
    fields: frozenset[str]
    parameters: frozenset[str]


CHECKS: dict[str, Check] = {}


def check(*fields: str, fills: tuple[str, ...] = ()) -> Callable[[Run], Run]:
    """Register a function as the check of its own name. ``fields``: where its hits stand, ``fills``: the blanks."""

    def register(run: Run) -> Run:
        name = run.__name__
        if name in CHECKS:
            raise ValueError(f"check {name} is registered twice")
        CHECKS[name] = Check(name, run, frozenset(fields), frozenset(fills))
        return run

    return register


def parameters_of(name: str) -> frozenset[str]:
    """The blanks the hits of a check fill; none for an unknown one and for the reviewer's."""
    return CHECKS[name].parameters if name in CHECKS else frozenset()
