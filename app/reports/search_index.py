"""The product index of each database, and keeping it: one row of ``product_search`` per product.

SQLite: an FTS5 table over ``tokens``, kept by triggers. PostgreSQL: ``tokens`` is a tsvector under a GIN index. Both take
the tokens as they are; ``position`` orders the hits, newest filing first, without a sort in SQLite. It ascends, for in
descending order FTS5 loses hits of several tokens that many entries have.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    any_,
    bindparam,
    cast,
    delete,
    exists,
    func,
    or_,
    select,
)

from app import models as m
from app.db import session
from app.policies import PUBLISHED
from app.registers import classifications
from app.registers.bulk import fill
from app.reports import search_terms as terms

#: What the public finds: filed products and, marked as such, those whose filing was revoked later.
PUBLIC_STATES = (*PUBLISHED, "revoked")
#: What the public is told of a state: a request to revoke a filing is between unit and staff until it is decided.
SHOWN_STATES = {**dict.fromkeys(PUBLISHED, "filed"), "revoked": "revoked"}
FTS = "product_search_fts"
ID_BITS = 40
#: the places of products never filed begin here
NEVER_FILED = -(1 << ID_BITS)
BATCH = 2_000
SEARCH: Any = m.ProductSearch.__table__  # written and read as a table: entries are no records anybody edits

_SQLITE = (
    """CREATE VIRTUAL TABLE product_search_fts USING fts5(tokens, content='product_search', content_rowid='position',
       detail=none, columnsize=0, tokenize="ascii tokenchars '=@+#._-'")""",
    """CREATE TRIGGER product_search_fts_insert AFTER INSERT ON product_search BEGIN
       INSERT INTO product_search_fts(rowid, tokens) VALUES (new.position, new.tokens); END""",
    """CREATE TRIGGER product_search_fts_delete AFTER DELETE ON product_search BEGIN
       INSERT INTO product_search_fts(product_search_fts, rowid, tokens)
       VALUES ('delete', old.position, old.tokens); END""",
    "INSERT INTO product_search_fts(product_search_fts) VALUES ('rebuild')",
    # one piece instead of a dozen, each of which would be asked for each token
    "INSERT INTO product_search_fts(product_search_fts) VALUES ('optimize')",
)
_POSTGRESQL = (
    "CREATE INDEX ix_product_search_vector ON product_search USING gin (tokens) WITH (fastupdate = off)",
    "ALTER TABLE product_search ALTER COLUMN tokens SET STATISTICS 1000",
)
_SQLITE_DROP = (
    "DROP TRIGGER product_search_fts_insert",
    "DROP TRIGGER product_search_fts_delete",
    "DROP TABLE product_search_fts",
)
_POSTGRESQL_DROP = ("DROP INDEX ix_product_search_vector",)


def create_index(connection: Connection) -> None:
    """Make the index over the table ``product_search``, empty or filled; for migrations."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def drop_index(connection: Connection) -> None:
    """Undo :func:`create_index`."""
    for statement in _SQLITE_DROP if connection.dialect.name == "sqlite" else _POSTGRESQL_DROP:
        connection.exec_driver_sql(statement)


def index_product(product_id: int) -> None:
    """Bring a product's entry up to date, in the caller's transaction; call it when a name, number, state, class,
    patent, its unit's name or its recognition changed."""
    index_many([product_id])


def index_many(product_ids: Collection[int]) -> int:
    """Bring the entries of these products up to date; returns how many of them there are now."""
    session.flush()
    count, ids = 0, sorted(product_ids)
    for start in range(0, len(ids), BATCH):
        part = ids[start : start + BATCH]
        remove(part)
        count += _insert(_products(m.Product.id.in_(part)), _Codes())
    return count


def index_all() -> int:
    """Make the whole index anew, in the caller's transaction; returns the number of entries."""
    session.flush()
    connection, codes = session.connection(), _Codes()
    drop_index(connection)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("TRUNCATE product_search")
        # without statistics, after a bulk load, each batch would read whole tables
        connection.exec_driver_sql("ANALYZE product, product_year, patent_link, patent")
    else:
        session.execute(delete(SEARCH))
    count, last = 0, 0
    while products := _products(m.Product.id > last):
        count, last = count + _insert(products, codes), products[-1].id
    if connection.dialect.name == "postgresql":
        # the newest entries are read most: they stand together, as those that come later will
        connection.exec_driver_sql("CLUSTER product_search USING pk_product_search")
    create_index(connection)
    connection.exec_driver_sql("ANALYZE product_search")
    return count


def remove(product_ids: Iterable[int]) -> None:
    """Take products out of the index. (Deleting a product does it, too.)"""
    session.execute(delete(SEARCH).where(SEARCH.c.product_id.in_(list(product_ids))))


def position(filed_on: date | None, product_id: int) -> int:
    """The place among the hits: by day of filing, then by id, the newest first. Products never filed come after all
    others, so that a range of places is what was filed in a time, and everything before :data:`NEVER_FILED` is what was
    ever filed."""
    return -((filed_on.toordinal() if filed_on else 0) << ID_BITS | product_id)


def id_at(place: int) -> int:
    """The id of the product at a place."""
    return -place & ((1 << ID_BITS) - 1)


def ids_at(places: Iterable[int]) -> dict[str, Any]:
    """What :func:`is_at` compares with. The database gets it as one text, so that a list of any length is the same
    statement and no driver looks at each of the numbers."""
    ids = json.dumps([id_at(place) for place in places])
    return {"ids": f"{{{ids[1:-1]}}}" if session.get_bind().dialect.name == "postgresql" else ids}


def is_at(dialect: str) -> ColumnElement[bool]:
    """Whether a product is at one of the places."""
    column: ColumnElement[int] = m.Product.__table__.c.id
    if dialect == "postgresql":
        return column == any_(cast(bindparam("ids", type_=Text), ARRAY(BigInteger)))
    return column.in_(select(func.json_each(bindparam("ids", type_=Text)).table_valued("value").c.value))


def for_everybody(query: Select[Any]) -> Select[Any]:
    """The query as one of tables that gives everybody the same. No policy limits it, and none has to be looked up."""
    return query.execution_options(unscoped=True)


def is_recognised(product_id: Any) -> ColumnElement[bool]:
    """Whether a recognition of the product is in force."""
    recognition = m.Recognition.__table__.c
    return exists().where(recognition.product_id == product_id, recognition.state == "recognised")


def _products(condition: ColumnElement[bool]) -> Sequence[Any]:
    """What the entries of up to BATCH products are made of, by id."""
    p = m.Product
    columns = (p.id, p.filing_no, p.name, p.model, p.class_code, p.industry_code, p.province, p.filed_on, p.unit_id,
               p.state, m.Unit.name.label("unit_name"), is_recognised(p.id).label("recognised"))  # fmt: skip
    query = select(*columns).join(m.Unit, m.Unit.id == p.unit_id).where(condition).order_by(p.id).limit(BATCH)
    return session.execute(query, execution_options={"unscoped": True}).all()


def _patents(products: Sequence[Any]) -> dict[int, list[str]]:
    """Patent numbers by product: of a filed product those of the years that staff approved, else all."""
    year = m.ProductYear
    query = (
        select(year.product_id, m.Patent.application_no)
        .join(m.PatentLink, m.PatentLink.product_year_id == year.id)
        .join(m.Patent, m.Patent.id == m.PatentLink.patent_id)
        .join(m.Product, m.Product.id == year.product_id)
        .where(year.product_id.in_([product.id for product in products]))
        .where(or_(year.state == "updated", m.Product.filing_no.is_(None)))
    )
    numbers = defaultdict(list)
    for product_id, number in session.execute(query, execution_options={"unscoped": True}):
        numbers[product_id].append(number)
    return numbers


def _insert(products: Sequence[Any], codes: _Codes) -> int:
    if not products:
        return 0
    patents = _patents(products)
    rows = []
    for product in products:
        found_by = terms.entry(
            product.name,
            product.unit_name,
            product.model,
            product.filing_no,
            patents.get(product.id, ()),
            _filters(product, codes),
        )
        rows.append((position(product.filed_on, product.id), product.id, found_by.tokens, found_by.text))
    fill(session.connection(), SEARCH, rows)
    return len(rows)


def _filters(product: Any, codes: _Codes) -> Iterator[str]:
    yield terms.tag("u", product.unit_id)
    if product.filed_on:
        yield terms.tag("y", product.filed_on.year)
    if product.state in SHOWN_STATES:
        yield terms.tag("s", SHOWN_STATES[product.state])
    if product.recognised:
        yield terms.RECOGNISED
    if product.province:
        yield terms.tag("p", product.province)
    yield from codes.tags("industry", product.industry_code)
    yield from codes.tags("class", product.class_code)


class _Codes:
    """The filters of codes and of what stands above them, looked up once in a run."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def tags(self, scheme: str, code: str | None) -> tuple[str, ...]:
        """The tokens of a code: its own, its ancestors', and whether it is a patent-intensive industry."""
        if not code:
            return ()
        known = self._known.get((scheme, code))
        if known is None:
            known = self._known[scheme, code] = tuple(self._look_up(scheme, code))
        return known

    def _look_up(self, scheme: str, code: str) -> Iterator[str]:
        if scheme == "industry" and classifications.is_intensive(code):
            yield terms.INTENSIVE
        above: str | None = code
        while above:
            yield terms.tag(scheme[0], above)
            node = classifications.get(scheme, above)
            above = node.parent if node else None
