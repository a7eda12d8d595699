"""Statistics over REST: the tables of the pages, for the region of whoever asks."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app.api import schemas
from app.api.base import Api, operation
from app.domain.errors import NotFound
from app.domain.text import N_
from app.reports import statistics
from app.web.security import current_actor
from app.web.stats.asking import Filters, View
from app.web.stats.builders import PAGES
from app.web.stats.pages import READERS
from app.web.stats.table import Table

_VALUE = {"type": ["string", "number", "null"]}
_COLUMN = schemas.obj(
    {"key": schemas.TEXT, "label": schemas.TEXT, "kind": schemas.TEXT, "note": schemas.TEXT}
)
_ROW = schemas.obj({"code": schemas.TEXT, "label": schemas.TEXT, "values": schemas.array(_VALUE)})
_TABLE = schemas.obj({
    "key": schemas.TEXT, "title": schemas.TEXT, "columns": schemas.array(_COLUMN), "rows": schemas.array(_ROW),
})  # fmt: skip
_FILTERS = {
    "region": {"type": "string", "pattern": "^[0-9]{6}$"}, "year": {"type": "string", "pattern": "^[0-9]{4}$"},
    "node": schemas.text(40), "kind": schemas.text(40), "order": schemas.text(40),
}  # fmt: skip


class StatisticsApi(Api):
    """Statistics."""

    resource_name = "statistics"
    area = "statistics"
    roles = dict.fromkeys(READERS, ("can_read",))

    @operation(
        "GET", f"/<any({','.join(PAGES)}):page>", _l("一个统计页的全部表格，筛选与页面相同"), args=_FILTERS,
        answer=schemas.obj({
            "year": {"type": "integer"}, "region": schemas.TEXT, "as_of": schemas.INSTANT,
            "result": schemas.array(_TABLE),
        }), errors=(400, 404),
    )  # fmt: skip
    def page(self, page: str, args: dict[str, Any]) -> Any:
        """The tables of a page with its filters; ``as_of`` is the time of the data."""
        state = statistics.state()
        if state is None:
            raise NotFound(N_("统计数据正在首次生成，请一分钟后再看"))
        view = View(Filters.of(args), current_actor(), state)
        tables = [_table(each) for each in PAGES[page][1](view)]
        return {"year": view.asked.year, "region": view.asked.region, "as_of": state.at, "result": tables}


def _table(table: Table) -> dict[str, Any]:
    columns = [
        {"key": each.key, "label": str(each.label), "kind": each.kind, "note": str(each.note)}
        for each in table.columns
    ]
    rows = [{"code": row.code, "label": row.label, "values": list(row.values)} for row in table.rows]
    return {"key": table.key, "title": str(table.title), "columns": columns, "rows": rows}
