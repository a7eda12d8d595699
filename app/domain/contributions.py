"""Contributions of patents to a product in hundredths of a percent: the core ones make exactly 100.00."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.errors import Problem
from app.domain.normal import InputError, clean, refuse_control
from app.domain.text import N_, Message

RULE = "R22"
WHOLE = 10_000
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Link:
    """A patent linked to a product: core or not, and its contribution in percent (core ones only)."""

    core: bool
    contribution: Decimal | None = None


def hundredths(percent: Decimal) -> int | None:
    """``percent`` in whole hundredths; None where it has more than two decimals or is no number."""
    if not percent.is_finite() or abs(percent) > 1_000_000:
        return None
    scaled = percent * 100
    return int(scaled) if scaled == scaled.to_integral_value() else None


def parse_share(text: str) -> Decimal | None:
    """A contribution as typed (``33.33``, ``33.33%``), None where nothing was; else :class:`InputError`."""
    typed = clean(refuse_control(text)).removesuffix("%").strip()
    if not typed:
        return None
    if not re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]+)?", typed):
        raise InputError(N_("“{text}”不是贡献率，请填写如 33.33 的数字", text=typed[:20]))
    if len(typed.partition(".")[2]) > 2:
        raise InputError(N_("贡献率最多保留两位小数"))
    return Decimal(typed).quantize(_CENT)


def total(links: Iterable[Link]) -> Decimal:
    """The sum over the core patents, in percent with two decimals; what is not a share yet counts nothing."""
    known = (hundredths(link.contribution) for link in links if link.core and link.contribution is not None)
    return Decimal(sum(share or 0 for share in known)).scaleb(-2)


def split_evenly(count: int) -> list[Decimal]:
    """100.00 in ``count`` parts by largest remainder: the first ones get the hundredths left over."""
    if not 1 <= count <= WHOLE:
        raise ValueError("count must be between 1 and 10000")
    share, over = divmod(WHOLE, count)
    return [Decimal(share + (place < over)).scaleb(-2) for place in range(count)]


def problems(links: Sequence[Link]) -> list[Problem]:
    """What is wrong with the contributions (manual 6(2)), each beside ``patents.<row>.contribution``."""
    found = [
        Problem(f"patents.{row}.contribution", message, RULE)
        for row, link in enumerate(links)
        if (message := _link_problem(link)) is not None
    ]
    if not any(link.core for link in links):
        return [*found, Problem("patents", N_("至少要有一件核心专利"), RULE)]
    reached = total(links)
    if not found and reached != 100:
        message = N_("核心专利贡献率合计为 {total}%，应恰为 100.00%", total=reached)
        found.append(Problem("patents", message, RULE))
    return found


def _link_problem(link: Link) -> Message | None:
    if not link.core:
        return None if link.contribution is None else N_("非核心专利不填贡献率")
    if link.contribution is None:
        return N_("请填写核心专利的贡献率")
    share = hundredths(link.contribution)
    if share is None:
        return N_("贡献率最多保留两位小数")
    return None if 0 < share <= WHOLE else N_("贡献率应大于 0 且不超过 100")
