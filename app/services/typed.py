"""Checking a filing or update as it is being typed (mission N1): nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app import models as m
from app.db import session
from app.domain.actor import Actor
from app.domain.clock import local_date
from app.domain.normal import name_key
from app.services import checks, fieldsets, records, yeardata
from app.services.fields import read


def findings(
    actor: Actor, year_id: int, data: Mapping[str, Any], stage: str, now: datetime
) -> list[checks.Finding]:
    """What the rules of a step find in a year's data with ``data`` typed over them; what cannot be read is left out.

    What was typed is taken over in memory and forgotten again.
    """
    year = records.load(m.ProductYear, year_id, actor)
    product = year.product
    with session.no_autoflush:
        if year.year == product.filing_year:
            for name, value in read(data, fieldsets.PRODUCT)[0].items():
                setattr(product, name, value)
            product.name_key = name_key(product.name)
        yeardata.save_figures(year, data)
        found = checks.of_filing(product, year, local_date(now), (stage,))
    session.expire(product)
    session.expire(year)
    return found
