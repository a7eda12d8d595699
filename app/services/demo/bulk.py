"""Any number of made-up units, patents and products, written by each database's quickest way.

Five products and fifteen patents a unit; every name begins with 示例. A product has the figures of each year since its
first, as if it had been updated every year. Figures are drawn from a fixed seed, so that the same number gives the same
data.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, MetaData, Table, func, select
from stdnum.cn import uscc as stdnum_uscc

from app import models as m
from app.db import session
from app.domain import patent_number, uscc
from app.domain.clock import local_date
from app.domain.normal import name_key
from app.registers.bulk import fill, indexed_later
from app.reports import search_index
from app.services.demo import words

CHUNK = 20_000
PER_UNIT = 5
PATENTS_PER_PRODUCT = 3
#: how many years ago a product's first figures were
AGES = (0, 1, 2, 2, 2)
#: what sales are of those of the year before, in percent
GROWTH = (92, 99, 104, 108, 115)

Row = Sequence[Any]
Progress = Callable[[int, int], None]


def add_products(count: int, now: datetime, progress: Progress | None = None) -> None:
    """Add ``count`` products with their units, patents, yearly data and links to the present transaction."""
    connection = session.connection()
    maker = _Maker(connection, now)
    few = count < maker.first  # beside what is there: enter them one batch after the other
    with nullcontext() if few else indexed_later(connection, [model.__table__ for model in maker.ids]):
        for start in range(0, count, CHUNK):
            maker.write(min(CHUNK, count - start))
            if progress:
                progress(min(start + CHUNK, count), count)
    maker.finish()
    if few:
        search_index.index_many(range(maker.first, maker.first + count))
    else:
        search_index.index_all()


class _Maker:
    """Makes and writes chunk after chunk; keeps the ids and numbers given so far."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self.connection = connection
        self.random = random.Random(20260101)  # noqa: S311 (made-up data, not a secret)
        self.now = now.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ")
        self.today = local_date(now)
        self.year = now.year - 1
        self.ids = {
            model: self._last(model)
            for model in (m.Unit, m.Patent, m.Product, m.ProductYear, m.PatentLink, m.AssetYear)
        }
        self.numbers: dict[str, int] = dict(
            connection.execute(select(m.NumberSeries.scope, m.NumberSeries.last)).all()
        )
        self.serial = self.ids[m.Patent]
        self.first = self.ids[m.Product] + 1

    def _last(self, model: type[Any]) -> int:
        return int(self.connection.execute(select(func.coalesce(func.max(model.id), 0))).scalar_one())

    def _next(self, model: type[Any]) -> int:
        self.ids[model] += 1
        return self.ids[model]

    def write(self, count: int) -> None:
        """One chunk: units first, then what belongs to them."""
        units = [self._unit() for _ in range(-(-count // PER_UNIT))]
        self._fill(
            m.Unit,
            "id name name_key uscc kind legal_representative province city address contact mobile email "
            "makes_or_sells qualifications state verified_at version created_at changed_at",
            units,
        )
        self._fill(
            m.AssetYear,
            "id unit_id year revenue cost total_profit total_assets rnd_spending employees "
            "statement_seal state version created_at changed_at",
            [assets for unit in units for assets in self._assets(unit)],
        )
        products = [self._product(units[i // PER_UNIT]) for i in range(count)]
        self._fill(
            m.Product,
            "id unit_id filing_no name name_key model nature stage class_code industry_code takes_part "
            "introduction filing_year updated_year province state filed_on draft_step rounds version created_at "
            "changed_at revocation_reason revoked_on",
            products,
        )
        years = [self._years(product) for product in products]
        self._fill(
            m.ProductYear,
            "id product_id unit_id year output_value sales volume volume_unit export profit state "
            "version created_at changed_at",
            [year for each in years for year in each],
        )
        patents = [self._patent(product[1]) for product in products for _ in range(PATENTS_PER_PRODUCT)]
        self._fill(
            m.Patent,
            "id unit_id application_no title kind patentees filing_date grant_date ipc legal_state expiry "
            "obtained pledged source version created_at changed_at",
            patents,
        )
        links = [
            self._link(year, patent, i % PATENTS_PER_PRODUCT)
            for i, patent in enumerate(patents)
            for year in years[i // PATENTS_PER_PRODUCT]
        ]
        self._fill(m.PatentLink, "id product_year_id unit_id patent_id core contribution", links)

    def _fill(self, model: type[Any], columns: str, rows: list[Row]) -> None:
        source: Table = model.__table__
        table = Table(source.name, MetaData(), *(source.c[name]._copy() for name in columns.split()))
        fill(self.connection, table, rows)

    def _unit(self) -> Row:
        rng, unit_id = self.random, self._next(m.Unit)
        province = rng.choices([p for p, _ in words.PROVINCES], cum_weights=_CUMULATED)[0]
        name = f"示例{rng.choice(words.PLACES)}{rng.choice(words.TRADES)}第{unit_id}有限公司"
        code = _code(province, unit_id)
        return (
            unit_id,
            name,
            name_key(name),
            code,
            "enterprise",
            "示例法人",
            province + "0000",
            province + "0100",
            f"示例路{unit_id % 900 + 1}号",
            "示例联系人",
            None,
            None,
            True,
            "[]",
            "verified",
            self.now,
            1,
            self.now,
            self.now,
        )

    def _assets(self, unit: Row) -> Iterator[Row]:
        revenue = self.random.randint(500_000, 900_000_000)
        for year in range(self.year, self.year - max(AGES) - 1, -1):
            yield (
                self._next(m.AssetYear),
                unit[0],
                year,
                revenue,
                revenue * 7 // 10,
                revenue // 10,
                revenue * 2,
                revenue // 15,
                revenue // 4_000_000 + 8,
                "auditor",
                "complete",
                1,
                self.now,
                self.now,
            )
            revenue = revenue * 20 // 21

    def _product(self, unit: Row) -> Row:
        rng = self.random
        head, industry = rng.choice(words.HEADS)
        name = rng.choice(words.USES) + rng.choice(words.KINDS) + head
        drawn = rng.random()
        state = "filed" if drawn < 0.90 else "draft" if drawn < 0.96 else "revoked"
        first = self.year if state == "draft" else self.year - rng.choice(AGES)
        filed = min(date(first + 1, 1, 1) + timedelta(days=rng.randrange(250)), self.today)
        number = None if state == "draft" else self._number(filed.year, unit[6][:2])
        revoked_on = min(filed + timedelta(days=40), self.today).isoformat()
        revoked = ("off_market", revoked_on) if state == "revoked" else (None, None)
        return (
            self._next(m.Product),
            unit[0],
            number,
            name,
            _key(name),
            "无",
            "goods",
            "end",
            "P" + industry,
            industry,
            rng.random() < 0.6,
            f"{name}，用于演示的虚构产品。",
            first,
            {"draft": None, "filed": self.year, "revoked": first}[state],
            unit[6],
            state,
            None if state == "draft" else filed.isoformat(),
            4,
            1,
            1,
            self.now,
            self.now,
            *revoked,
        )

    def _number(self, year: int, province: str) -> str:
        scope = f"ZLCP{year}{province}{{seq:06d}}"
        self.numbers[scope] = self.numbers.get(scope, 0) + 1
        return f"ZLCP{year}{province}{self.numbers[scope]:06d}"

    def _years(self, product: Row) -> list[Row]:
        """A product's figures, the newest first."""
        first, last, state = product[12], product[13] or self.year, product[15]
        sales = self.random.randint(10_000, 50_000_000)
        volume, growth = self.random.randint(100, 10_000_000), self.random.choice(GROWTH)
        years: list[Row] = []
        for year in range(last, first - 1, -1):
            years.append((
                self._next(m.ProductYear), product[0], product[1], year, sales, sales * 98 // 100, volume, "件", sales // 5,
                sales // 8, "draft" if state == "draft" else "updated", 1, self.now, self.now,
            ))  # fmt: skip
            sales, volume = sales * 100 // growth, volume * 100 // growth
        return years

    def _patent(self, unit_id: int) -> Row:
        self.serial += 1
        kind, digit = _KINDS[self.serial % len(_KINDS)]
        year = self.year - max(AGES) - 3 - self.serial % 4  # granted before the first figures, in force today
        body = f"{year}{digit}{self.serial % 10_000_000:07d}"
        number = body + patent_number.check_character(body)
        filing, grant, expiry = _dates(kind, year, 1 + self.serial % 12, 1 + self.serial % 28)
        return (
            self._next(m.Patent),
            unit_id,
            number,
            f"示例专利{self.serial}",
            kind,
            "示例权利人",
            filing,
            grant,
            "H01M10/0525",
            "valid",
            expiry,
            "own",
            False,
            "hand",
            1,
            self.now,
            self.now,
        )

    def _link(self, year: Row, patent: Row, position: int) -> Row:
        core = position == 0
        return (self._next(m.PatentLink), year[0], year[2], patent[0], core, 10_000 if core else None)

    def finish(self) -> None:
        """Let the counters go on after the ids and numbers that were given."""
        for scope, last in self.numbers.items():
            _set_series(self.connection, scope, last)
        if self.connection.dialect.name == "postgresql":
            for model in self.ids:
                name = model.__table__.name
                self.connection.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name}"  # noqa: S608 (our tables)
                )


def _set_series(connection: Connection, scope: str, last: int) -> None:
    table = m.NumberSeries.__table__
    changed = connection.execute(table.update().where(table.c.scope == scope).values(last=last))
    if changed.rowcount == 0:
        connection.execute(table.insert().values(scope=scope, last=last))


_key = lru_cache(maxsize=10_000)(name_key)
_KINDS = (("invention", "1"), ("utility_model", "2"), ("invention", "1"), ("design", "3"))
_CUMULATED = tuple(accumulate(weight for _, weight in words.PROVINCES))


@cache
def _dates(kind: str, year: int, month: int, day: int) -> tuple[str, str, str]:
    """Filing, grant and end of the term of a made-up patent."""
    filing = date(year, month, day)
    expiry = patent_number.term_end(kind, filing)
    return filing.isoformat(), (filing + timedelta(days=700)).isoformat(), expiry.isoformat()


def _code(province: str, serial: int) -> str:
    """A made-up social credit code with right check characters; its organisation code begins with MADM."""
    body = "MADM" + "".join(uscc.ALPHABET[serial // 31**place % 31] for place in (3, 2, 1, 0))
    code = f"91{province}0100{body}{uscc.organisation_check(body)}"
    return code + str(stdnum_uscc.calc_check_digit(code))
