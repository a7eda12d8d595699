"""Finding products: by any part of a product's, model's or unit's name in Chinese, pinyin or Latin letters, by number.

``find`` is the public's search, ``places`` what staff's lists are limited to. What is typed is compared literally
(``%``, ``*`` and quotes mean nothing). How the index is made and kept: ``search_index``; what is in it:
``search_terms``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from functools import cache, partial
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Text,
    bindparam,
    cast,
    column,
    false,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from app import models as m
from app.db import db, session
from app.reports import search_frequency
from app.reports import search_terms as terms
from app.reports.search_index import (
    FTS,
    ID_BITS,
    NEVER_FILED,
    PUBLIC_STATES,
    SEARCH,
    create_index,
    drop_index,
    for_everybody,
    id_at,
    ids_at,
    index_all,
    index_many,
    index_product,
    is_at,
    is_recognised,
    position,
    remove,
)

__all__ = ["Found", "Hit", "SearchFilters", "count", "create_index", "drop_index", "find", "index_all", "index_many",
           "index_product", "places", "remove", "surely_more"]  # fmt: skip

#: Hits are counted up to here; there may be more.
COUNT_LIMIT = 1_000
#: So many hits are sorted to tell the newest; of more, these are likely to be among so many of the newest entries.
SORTED, NEWEST = 5_000, 8_000
#: Of more hits than are counted so many are counted by region, industry and the like.
SAMPLE = 200
#: A statistic of so many times a number is believed to be above it.
MANY = 3
#: Of a long word so many pairs, the rarest, are looked up.
ENOUGH = 4


@dataclass(frozen=True)
class SearchFilters:
    """Limits on the hits; codes of any level (``C``, ``39``, ``3940``), ``year`` of filing."""

    province: str | None = None
    industry: str | None = None
    product_class: str | None = None
    year: int | None = None
    intensive: bool = False
    #: filed or revoked
    state: str | None = None
    recognised: bool = False

    def limits(self) -> tuple[tuple[str, ...], int | None, int, int | None]:
        """The tokens a hit must have, where its place may begin and must end (published, of the year), and the year."""
        given = (("p", self.province), ("i", self.industry), ("c", self.product_class), ("s", self.state))
        tokens = (
            *(terms.tag(kind, code) for kind, code in given if code),
            *[terms.INTENSIVE] * self.intensive,
            *[terms.RECOGNISED] * self.recognised,
        )
        if self.year is None:
            return tokens, None, NEVER_FILED, None
        first, end = (position(date(year, 1, 1), 0) for year in (self.year + 1, self.year))
        return tokens, first, end, self.year


@dataclass(frozen=True)
class Hit:
    """A product as the public finds it; codes are codes."""

    filing_no: str
    name: str
    model: str | None
    unit_name: str
    province: str | None
    industry_code: str | None
    class_code: str | None
    filed_on: date
    updated_year: int | None
    state: str
    recognised: bool = False


@dataclass(frozen=True)
class Found:
    """A page of hits: exact ones first, then the newest. ``count`` is exact up to COUNT_LIMIT, one more where there are
    more; ``next`` is to be given as ``after`` for the next page, None at the end. ``newest`` are the places of all hits
    or, where there are more than are counted, of some of the newest, these first."""

    rows: list[Hit]
    count: int
    next: str | None
    newest: list[int] = field(default_factory=list)

    @property
    def has_more_than_counted(self) -> bool:
        """Whether there are more hits than were counted."""
        return self.count > COUNT_LIMIT


NOTHING = Found([], 0, None)


def find(text: str, filters: SearchFilters | None = None, after: str | None = None, limit: int = 20) -> Found:
    """The products the public sees that match ``text`` (blank: all) and ``filters``.

    ``after`` is a page's ``next``. Exact matches are those whose filing number, patent number or whole name, or whose
    unit's whole name was typed.
    """
    search = _asked(text, filters)
    if search is None:
        return NOTHING
    number, newest = _counted(search)
    if not number:
        return NOTHING
    part, place = (_Part(after[0]), _place_of(after[1:])) if after else (_Part.EXACT, None)
    if after and place is None:
        return Found([], number, None, newest)
    hits: list[tuple[_Part, int]] = []
    if part is _Part.EXACT and search.query.exact:
        hits = [(part, hit) for hit in search.after(place).places(part, limit + 1)]
        place = None
    wanted = limit + 1 - len(hits)
    if wanted and (search.query.words or not search.query.exact):
        exact = {hit for _, hit in hits}
        rest = (
            _rest(search.after(place), wanted, number)
            if after
            else _first(search, newest, exact, wanted, number)
        )
        hits += [(_Part.REST, hit) for hit in rest]
    rows = _rows([hit for _, hit in hits[:limit]])
    more = len(hits) > limit and rows
    return Found(rows, number, hits[limit - 1][0].value + rows[-1].filing_no if more else None, newest)


def count(text: str, filters: SearchFilters) -> int:
    """How many products the public finds, exact up to COUNT_LIMIT."""
    search = _asked(text, filters)
    return _counted(search)[0] if search else 0


def _asked(text: str, filters: SearchFilters | None) -> _Search | None:
    query = _query(text) if text.strip() else terms.Query(())
    return None if query is None else _Search(query, *(filters or SearchFilters()).limits())


def _query(text: str) -> terms.Query | None:
    """What ``text`` asks for, of a long word only the tokens that sift out most."""
    query = terms.query(text)
    return query and replace(query, words=tuple(map(_sifting, query.words)))


def _sifting(word: terms.Word) -> terms.Word:
    pairs = word.alternatives[0]
    if word.key.isascii() or len(pairs) <= ENOUGH:
        return word
    return replace(word, alternatives=(tuple(search_frequency.rarest_first(pairs)[:ENOUGH]),))


def places(text: str, unit_id: int | None = None) -> Select[tuple[int, int]]:
    """Positions and product ids of what ``text`` finds, published or not, of one unit or of all; the newest filing has
    the lowest position.

    It gives nobody more to see: who asks joins it to products, which the policies limit.
    """
    query = _query(text)
    if query is None:
        return select(SEARCH.c.position, SEARCH.c.product_id).where(false())
    search = _Search(query, () if unit_id is None else (terms.tag("u", unit_id),))
    return search.hits()


def surely_more(text: str, number: int) -> bool:
    """Whether ``text`` finds far more than ``number`` products, as far as can be said without counting them."""
    query = terms.query(text)
    return query is not None and _Search(query).has_surely_more(number)


class _Part(Enum):
    """Which of the hits: the exact ones come first, both are counted together."""

    EXACT = "e"
    REST = "r"
    ALL = "a"


class _Language(NamedTuple):
    """How an index wants conditions written. Tokens contain neither quotes nor backslashes."""

    quote: str
    all_of: str
    one_of: str
    but_not: str

    def token(self, token: str) -> str:
        return f"{self.quote}{token}{self.quote}"

    def every(self, conditions: Iterable[str]) -> str:
        return f"({self.all_of.join(conditions)})"

    def either(self, conditions: Iterable[str]) -> str:
        return f"({self.one_of.join(conditions)})"


_SQLITE = _Language('"', " AND ", " OR ", " NOT ")
_POSTGRESQL = _Language("'", " & ", " | ", " & !")


class _Search(NamedTuple):
    """What is looked for: a query, ``tokens`` every hit must have, and its place: from ``first`` on, before ``end``.

    ``year`` is that of all places, if there is one: PostgreSQL reads all entries with the tokens to see their places.
    """

    query: terms.Query
    tokens: tuple[str, ...] = ()
    first: int | None = None
    end: int | None = None
    year: int | None = None

    def after(self, place: int | None) -> _Search:
        """The same, past a place (None: from the newest on)."""
        if place is None:
            return self
        return self._replace(first=place + 1 if self.first is None else max(place + 1, self.first))

    def has_surely_more(self, number: int) -> bool:
        """Whether there are far more hits than ``number``, as far as can be said without counting them."""
        one = self.query.words[0] if len(self.query.words) == 1 else None
        if self.tokens or self.year is not None or one is None or (one.key,) not in one.alternatives:
            return False
        return search_frequency.entries_with(one.key) > MANY * number

    def places(self, part: _Part, limit: int) -> list[int]:
        """The places of a part of the hits, the newest first."""
        walked = part is not _Part.EXACT and self.has_surely_more(COUNT_LIMIT)
        return self._listed(partial(_places, _dialect(), walked=walked), part, limit)

    def counted(self, limit: int) -> tuple[int, list[int]]:
        """How many hits there are, up to one more than SORTED, and the places of the newest of these, which are the
        newest of all where there are no more (PostgreSQL)."""
        values = self._values(_Part.ALL)
        found = session.execute(_sorted(frozenset(values)), {**values, "most": limit}).all()
        return (found[0].number, [row.position for row in found]) if found else (0, [])

    def among_newest(self, part: _Part, limit: int) -> list[int]:
        """The places of hits among the newest entries, found by looking at these one by one (PostgreSQL)."""
        return self._listed(_among_newest, part, limit)

    def has_more_than_newest(self) -> bool:
        """Whether there are more entries, hits or not, than ``among_newest`` looks at."""
        values = {name: value for name, value in self._values(_Part.ALL).items() if name in ("first", "end")}
        query = _in_place(frozenset(values)).offset(NEWEST).limit(1)
        return session.execute(query, values).first() is not None

    def hits(self) -> Select[tuple[int, int]]:
        """Position and product id of all hits; SQLite finds them in order."""
        values = self._values(_Part.ALL)
        walked = self.has_surely_more(COUNT_LIMIT)
        return _hits(_dialect(), frozenset(values), walked=walked).params(values)

    def _listed(self, statement: _Statement, part: _Part, limit: int) -> list[int]:
        values = self._values(part)
        query = statement(frozenset(values))
        return list(session.scalars(query, {**values, "most": limit}).all())

    def _values(self, part: _Part) -> dict[str, Any]:
        """What a statement compares with, by the name of its condition; a condition that is not there has none."""
        expression = self._expression(part, _POSTGRESQL if _dialect() == "postgresql" else _SQLITE)
        given = {"first": self.first, "end": self.end, "expression": expression or None}
        texts = {f"{_TEXT}{n}": key for n, key in enumerate(self._unsure(part))}
        return {name: value for name, value in given.items() if value is not None} | texts

    def _unsure(self, part: _Part) -> list[str]:
        """The keys that the tokens alone do not decide."""
        return [] if part is _Part.EXACT else [word.key for word in self.query.words if not word.is_sure]

    @property
    def has_conditions(self) -> bool:
        """Whether anything is looked for but what is new."""
        return bool(self.tokens or self.query.words or self.query.exact)

    def _expression(self, part: _Part, to: _Language) -> str:
        """The condition of a part, empty where there is none."""
        conditions = [to.token(token) for token in self.tokens]
        words = [
            to.either(to.every(map(to.token, each)) for each in word.alternatives)
            for word in self.query.words
        ]
        exact = [to.token(self.query.exact)] if self.query.exact else []
        if part is _Part.EXACT:
            conditions += exact
        elif part is _Part.REST:
            conditions += words
        elif exact:
            conditions.append(to.either([*exact, to.every(words)] if words else exact))
        if self.year and conditions and to is _POSTGRESQL:
            conditions.append(to.token(terms.tag("y", self.year)))
        excluded = to.but_not + exact[0] if exact and part is _Part.REST else ""
        return to.every(conditions) + excluded if conditions else ""


#: what a condition on the text of an entry is called, with a number
_TEXT = "text"
#: the statement with these conditions: made once, for making one takes as long as running it
_Statement = Callable[[frozenset[str]], Select[Any]]


@cache
def _hits(dialect: str, names: frozenset[str], *, walked: bool) -> Select[tuple[int, int]]:
    """PostgreSQL finds all hits, so that they have to be sorted: left to itself, it would read the newest entries one
    after the other in the hope of meeting some soon, and all entries where there are none. ``walked``: it may."""
    if "expression" not in names:
        return _matched(SEARCH.c, names, SEARCH.c.position)
    if dialect == "postgresql":
        return _matched(SEARCH.c, names, SEARCH.c.position if walked else _COMPUTED)
    index = table(FTS, column("rowid", BigInteger))
    product_id = (-index.c.rowid).op("&")((1 << ID_BITS) - 1)
    found = select(index.c.rowid.label("position"), product_id.label("product_id"))
    texts = list(_texts(names, SEARCH.c))
    if texts:
        found = found.join(SEARCH, SEARCH.c.position == index.c.rowid)
    matches = literal_column(FTS).op("MATCH")(bindparam("expression", type_=Text))
    return found.where(matches, *_within(names, index.c.rowid), *texts)


@cache
def _places(dialect: str, names: frozenset[str], *, walked: bool) -> Select[tuple[int]]:
    hits = _hits(dialect, names, walked=walked)
    place = hits.selected_columns.position
    return for_everybody(hits.with_only_columns(place).order_by(place).limit(_MOST))


@cache
def _sorted(names: frozenset[str]) -> Select[tuple[int, int]]:
    found = _matched(SEARCH.c, names, _COMPUTED).limit(SORTED + 1).subquery().c
    newest = select(found.position, func.count().over().label("number"))
    return for_everybody(newest.order_by(found.position).limit(_MOST))


@cache
def _in_place(names: frozenset[str]) -> Select[Any]:
    """The entries, the newest first."""
    place = SEARCH.c.position
    return for_everybody(select(SEARCH).where(*_within(names, place)).order_by(place))


@cache
def _among_newest(names: frozenset[str]) -> Select[tuple[int]]:
    newest = _in_place(names).limit(NEWEST).subquery().c
    found = _matched(newest, names, newest.position)
    return for_everybody(found.with_only_columns(newest.position).order_by(newest.position).limit(_MOST))


#: the place as something PostgreSQL has no index of: hits are found by what they are, not by where
_COMPUTED = SEARCH.c.position + 0
_MOST = bindparam("most", type_=Integer)


def _matched(entries: Any, names: frozenset[str], place: Any) -> Select[tuple[int, int]]:
    found = select(place.label("position"), entries.product_id)
    found = found.where(*_within(names, place), *_texts(names, entries))
    if "expression" not in names:
        return found
    return found.where(entries.tokens.op("@@")(cast(bindparam("expression", type_=Text), TSQUERY)))


def _within(names: frozenset[str], place: Any) -> Iterator[ColumnElement[bool]]:
    if "first" in names:
        yield place >= bindparam("first", type_=BigInteger)
    if "end" in names:
        yield place < bindparam("end", type_=BigInteger)


def _texts(names: frozenset[str], entries: Any) -> Iterator[ColumnElement[bool]]:
    """Neither function knows patterns."""
    inside = func.strpos if _dialect() == "postgresql" else func.instr
    for name in sorted(name for name in names if name.startswith(_TEXT)):
        yield inside(entries.text, bindparam(name, type_=Text)) > 0


def _dialect() -> str:
    return db.engine.dialect.name


def _place_of(filing_no: str) -> int | None:
    """The place of a product: looked up first, for PostgreSQL plans by the value."""
    product = m.Product.__table__.c
    query = select(SEARCH.c.position).join_from(
        SEARCH, m.Product.__table__, product.id == SEARCH.c.product_id
    )
    return session.execute(query.where(product.filing_no == filing_no)).scalar()


def _counted(search: _Search) -> tuple[int, list[int]]:
    """How many hits there are, and the places of the newest (see :class:`Found`).

    PostgreSQL has to sort hits to give the newest: it does so where they are few. Many, as of a word that its statistics
    say is common, are looked for among the newest entries, and believed to be many if they are found there.
    """
    if _dialect() != "postgresql" or not search.has_conditions:
        newest = search.places(_Part.ALL, COUNT_LIMIT + 1)
        return len(newest), newest
    believed = search.has_surely_more(COUNT_LIMIT)
    newest = search.among_newest(_Part.ALL, SAMPLE) if believed else []
    if len(newest) < SAMPLE:
        number, some = search.counted(COUNT_LIMIT + 1)
        if number <= SORTED:
            return len(some), some
    return COUNT_LIMIT + 1, newest if believed else search.among_newest(_Part.ALL, SAMPLE)


def _first(search: _Search, newest: list[int], exact: set[int], limit: int, count: int) -> list[int]:
    """The first hits that are not exact (``exact`` are all that are): the newest, where enough of these are known."""
    found = [hit for hit in newest if hit not in exact][:limit]
    return found if len(found) == limit or count <= COUNT_LIMIT else search.places(_Part.REST, limit)


def _rest(search: _Search, limit: int, count: int) -> list[int]:
    """The hits that are not exact. PostgreSQL has to sort hits to give the newest: of many, it looks at the newest
    entries first."""
    if count > COUNT_LIMIT and _dialect() == "postgresql":
        found = search.among_newest(_Part.REST, limit)
        if len(found) == limit or not search.has_more_than_newest():
            return found
    return search.places(_Part.REST, limit)


def _rows(places: list[int]) -> list[Hit]:
    """The hits at these places, in their order."""
    rows = {row.id: row for row in session.execute(_shown(_dialect()), ids_at(places)).all()}
    found = [rows[id_at(place)] for place in places if id_at(place) in rows]
    return [Hit(*row[1:]) for row in found if row.state in PUBLIC_STATES]


@cache
def _shown(dialect: str) -> Select[Any]:
    product, unit = m.Product.__table__, m.Unit.__table__
    p = product.c
    columns = (p.id, p.filing_no, p.name, p.model, unit.c.name.label("unit_name"), p.province, p.industry_code,
               p.class_code, p.filed_on, p.updated_year, p.state, is_recognised(p.id).label("recognised"))  # fmt: skip
    return for_everybody(
        select(*columns).join_from(product, unit, unit.c.id == p.unit_id).where(is_at(dialect))
    )
