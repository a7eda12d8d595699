"""Column types that keep exact values on every database."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

from sqlalchemy import BigInteger, DateTime, Dialect, String
from sqlalchemy.types import TypeDecorator

CENT = Decimal("0.01")
#: the largest number of a key, and of any other column of whole numbers
LARGEST_KEY, LARGEST_INTEGER = 2**63 - 1, 2**31 - 1


class Hundredths(TypeDecorator[Decimal]):
    """A decimal with two places (money in 万元, percentages), stored as an integer number of hundredths.

    Sums in the database are exact; SQLite has no decimal type and would store a float.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | int | str | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        return int((Decimal(value) * 100).to_integral_value(ROUND_HALF_EVEN))

    def process_result_value(self, value: int | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else (Decimal(value) / 100).quantize(CENT)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as UTC without a zone so that both databases order and compare it alike."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Code(String):
    """A short code of a closed list (state, kind); its label is translated where it is shown."""

    def __init__(self, length: int = 24) -> None:
        super().__init__(length)
