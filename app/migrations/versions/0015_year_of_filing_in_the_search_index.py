"""The year of filing is a token of the search index; PostgreSQL's entries stand in their order"""

from alembic import op

from app.reports import search_index

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ADDED = {
    "sqlite": "e.tokens || ' @y' || strftime('%Y', p.filed_on)",
    "postgresql": "e.tokens || array_to_tsvector(ARRAY['@y' || to_char(p.filed_on, 'YYYY')])",
}
_TAKEN = {
    "sqlite": "trim(replace(' ' || e.tokens, ' @y' || strftime('%Y', p.filed_on), ''))",
    "postgresql": "ts_delete(e.tokens, '@y' || to_char(p.filed_on, 'YYYY'))",
}


def upgrade() -> None:
    """Add it to what is there and make the index anew."""
    _set_tokens(_ADDED)


def downgrade() -> None:
    """Take it out."""
    _set_tokens(_TAKEN)


def _set_tokens(value: dict[str, str]) -> None:
    connection = op.get_bind()
    search_index.drop_index(connection)
    if connection.dialect.name == "postgresql":
        _write_anew(value["postgresql"])
    else:
        op.execute(
            f"UPDATE product_search AS e SET tokens = {value['sqlite']} FROM product AS p"  # noqa: S608
            " WHERE p.id = e.product_id AND p.filed_on IS NOT NULL"
        )
    search_index.create_index(connection)
    op.execute("ANALYZE product_search")


def _write_anew(tokens: str) -> None:
    """All entries in their order: changed in place, they would leave as many dead ones behind."""
    op.execute(
        f"""CREATE TEMPORARY TABLE entries ON COMMIT DROP AS
            SELECT e.position, e.product_id, CASE WHEN p.filed_on IS NULL THEN e.tokens ELSE {tokens} END AS tokens, e.text
            FROM product_search AS e JOIN product AS p ON p.id = e.product_id"""  # noqa: S608
    )
    op.execute("TRUNCATE product_search")
    op.execute(
        "INSERT INTO product_search (position, product_id, tokens, text)"
        " SELECT position, product_id, tokens, text FROM entries ORDER BY position"
    )
    op.execute("DROP TABLE entries")
