"""why a public notice was cancelled"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.add_column("public_notice", sa.Column("reason", sa.Text(), nullable=True))


def downgrade() -> None:
    """Take the schema back."""
    op.drop_column("public_notice", "reason")
