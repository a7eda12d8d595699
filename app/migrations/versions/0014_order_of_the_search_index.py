"""Places of the search index ascend from the newest filing"""

from alembic import op

from app.reports import search_index

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Turn the order round and make the index anew."""
    connection = op.get_bind()
    search_index.drop_index(connection)
    op.execute("UPDATE product_search SET position = -position")
    search_index.create_index(connection)
    op.execute("ANALYZE product_search")


def downgrade() -> None:
    """Turn it back."""
    upgrade()
