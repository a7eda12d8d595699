"""What is kept of a result: a short JSON text, ``["class", [value, points, mark, "group"], …]`` in the order of the
scheme's indicators; sentences are made of it where they are shown (``explaining``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.recognition.scheme import ANY_CLASS
from app.services.recognition.engine import Flags, Judged, Scores
from app.services.recognition.facts import Integers

#: a row of ``ScreeningResult`` as the driver takes it: run, product, unit, passed, score, detail
Row = tuple[int, int, int, bool, int, str]


@dataclass(frozen=True)
class Part:
    """One criterion of a result: ten-thousandths, hundredths, the mark of ``scoring``, and the class compared with."""

    value: int | None
    points: int
    mark: int | None
    group: str


@dataclass(frozen=True)
class Detail:
    """A result as it was kept; ``class_code`` is ``*`` for a product without a class."""

    class_code: str
    parts: tuple[Part, ...]


def read(text: str) -> Detail:
    """A result's detail."""
    class_code, *parts = json.loads(text)
    return Detail(class_code, tuple(Part(*part) for part in parts))


def rows(run_id: int, scores: Scores, pass_points: int, start: int, end: int) -> Iterator[Row]:
    """The rows of products ``start`` to ``end`` of a run."""
    columns, some = scores.columns, slice(start, end)
    parts: list[Any] = []
    for each in scores.criteria:
        known = each.known[some]
        parts += [
            _nullable(each.value[some], known),
            each.points[some].tolist(),
            _nullable(each.mark[some], known),
        ]
    # the last one is for those without a class, whose place is -1
    templates = [_template(code, scores.criteria) for code in (*columns.classes, ANY_CLASS)]
    heads = (columns.product, columns.unit, scores.passed(pass_points), scores.total, columns.class_of)
    for product, unit, passed, total, place, *figures in zip(
        *(head[some].tolist() for head in heads), *parts, strict=True
    ):
        yield run_id, product, unit, passed, total, templates[place] % tuple(figures)


def begins_with(class_code: str) -> str:
    """How the details of a class's products begin."""
    return f"[{json.dumps(class_code)},"


def _template(code: str, criteria: Sequence[Judged]) -> str:
    groups = (json.dumps(each.group[code]).replace("%", "%%") for each in criteria)
    parts = ",".join(f"[%s,%s,%s,{group}]" for group in groups)
    return f"{begins_with(code).replace('%', '%%')}{parts}]"


def _nullable(column: Integers, known: Flags) -> list[int | str]:
    found: list[int | str] = column.tolist()
    if known.all():
        return found
    return [value if there else "null" for value, there in zip(found, known.tolist(), strict=True)]
