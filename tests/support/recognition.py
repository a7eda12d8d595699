"""Records of a round of recognition, made like those of ``factories``."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.recognition import scheme
from tests.support.factories import DATA_YEAR, NOW, make_product, make_unit

_numbers = count(1)
#: the best and the last of ``make_four``
STRONG, WEAK = "示例强产品电池", "示例弱产品电池"


def make_scheme(name: str = "测试用示例方案", **values: Any) -> m.EvaluationScheme:
    """A scheme like the built-in one; ``values`` in place of parts of its document."""
    content = {**scheme.EXAMPLE, "name": name, **values}
    made = m.EvaluationScheme(name=name, content=content, example=True, created_at=NOW, changed_at=NOW)
    session.add(made)
    session.flush()
    return made


def make_round(
    *, state: str = "published", document: dict[str, Any] | None = None, **values: Any
) -> m.RecognitionRound:
    """The round of 2025 on data of 2024, by the built-in scheme or ``document``."""
    kept = session.scalars(select(m.EvaluationScheme).order_by(m.EvaluationScheme.id)).first()
    frozen: dict[str, Any] = {}
    if state != "draft":
        content = document or scheme.EXAMPLE
        frozen = {"frozen_scheme": content, "scheme_hash": scheme.content_hash(content), "published_at": NOW}
    defaults: dict[str, Any] = {
        "year": DATA_YEAR + 1, "data_year": DATA_YEAR, "title": f"{DATA_YEAR + 1} 年度专利密集型产品认定",
        "filing_deadline": date(2025, 9, 15), "supplement_deadline": date(2025, 10, 15), "scheme_id": kept.id if kept else 0,
        "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    round_ = m.RecognitionRound(state=state, **(defaults | frozen | values))
    session.add(round_)
    session.flush()
    return round_


def make_recognition(
    round_: m.RecognitionRound, product: m.Product, *, state: str = "candidate", **values: Any
) -> m.Recognition:
    """A product's way through a round, in any state."""
    year = next(year for year in product.years if year.year == round_.data_year)
    made = m.Recognition(
        round_id=round_.id, product_id=product.id, product_year_id=year.id, unit_id=product.unit_id, state=state,
        created_at=NOW, changed_at=NOW, **values,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def make_four(round_: m.RecognitionRound) -> None:
    """Four candidates of a class; the first is the strongest in everything, the last the weakest."""
    unit = make_unit()
    for place, name in enumerate((STRONG, "示例甲产品电池", "示例乙产品电池", WEAK)):
        product = make_product(
            unit, name, state="filed", class_code="P3841",
            figures={"sales": Decimal(9000 - 2000 * place), "profit": Decimal(2000 - 600 * place),
                     "export": Decimal(900 - 300 * place), "domestic_share": Decimal(20 - 6 * place)},
        )  # fmt: skip
        make_recognition(round_, product)


def make_supplemented(
    round_: m.RecognitionRound, unit: m.Unit, *, state: str = "supplemented", submitted_by: int | None = None,
    answers: dict[str, str] | None = None, **values: Any,
) -> m.Recognition:  # fmt: skip
    """A filed product of ``unit`` in a round, with the further information its unit has given."""
    product = make_product(
        unit, f"电动自行车用锂离子电池{next(_numbers)}号", state="filed", year=round_.data_year
    )
    made = make_recognition(round_, product, state=state, **values)
    supplement = m.Supplement(
        recognition_id=made.id, unit_id=unit.id, answers=answers or {}, submitted_at=NOW, submitted_by=submitted_by,
        created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    session.add(supplement)
    session.flush()
    return made
