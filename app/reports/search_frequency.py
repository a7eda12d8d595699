"""How common the index's tokens are, as PostgreSQL's statistics have it.

Its index finds all entries of a token before it gives the first, so what is common is better not counted by it.
SQLite's gives one after the other and needs none of this.
"""

from __future__ import annotations

from sqlalchemy import text

from app.db import session
from app.registers.cache import Kept

LIFE_SECONDS = 300.0


def entries_with(token: str) -> int:
    """About how many entries have a token; 0 for a rare one, and where there are no statistics."""
    return _common.get().get(token, 0)


def _load() -> dict[str, int]:
    if session.get_bind().dialect.name != "postgresql":
        return {}
    query = """
        SELECT s.most_common_elems::text::text[], s.most_common_elem_freqs, c.reltuples
        FROM pg_stats s JOIN pg_class c ON c.oid = 'product_search'::regclass
        WHERE s.tablename = 'product_search' AND s.attname = 'tokens' AND s.schemaname = current_schema()
    """
    found = session.execute(text(query)).first()
    if found is None or found[0] is None:
        return {}
    # behind the tokens' own frequencies stand the least and the greatest of them
    return {token: int(part * found[2]) for token, part in zip(found[0], found[1], strict=False)}


_common = Kept(_load, LIFE_SECONDS)
