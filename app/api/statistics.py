"""Statistics over REST: the tables of the pages, for the region of whoever asks, and views saved of them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app import models as m
from app.api import answers, schemas
from app.api.answers import GONE, PK, gone
from app.api.base import Api, operation
from app.services import saved_views
from app.web.security import current_actor
from app.web.stats import rerun
from app.web.stats.asking import Filters
from app.web.stats.builders import PAGES
from app.web.stats.pages import READERS, compared, keep, view_of
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
_PAGE = schemas.one_of(*PAGES)
_VIEW = schemas.obj({
    "id": schemas.ID, "name": schemas.TEXT, "page": _PAGE, "at": schemas.INSTANT, "created_at": schemas.INSTANT,
    "query": {"type": "object", "additionalProperties": schemas.TEXT},
})  # fmt: skip


class StatisticsApi(Api):
    """Statistics."""

    resource_name = "statistics"
    area = "statistics"
    roles = dict.fromkeys(READERS, answers.WRITE)

    @operation(
        "GET", f"/<any({','.join(PAGES)}):page>", _l("一个统计页的全部表格，筛选与页面相同"), args=_FILTERS,
        answer=schemas.obj({
            "year": {"type": "integer"}, "region": schemas.TEXT, "as_of": schemas.INSTANT,
            "result": schemas.array(_TABLE),
        }), errors=(400, 404),
    )  # fmt: skip
    def page(self, page: str, args: dict[str, Any]) -> Any:
        """The tables of a page with its filters; ``as_of`` is the time of the data."""
        view = view_of(Filters.of(args))
        tables = [_table(each) for each in PAGES[page][1](view)]
        return {"year": view.asked.year, "region": view.asked.region, "as_of": view.data.at, "result": tables}

    @operation("GET", "/views/", _l("自己保存的统计视图"), answer=schemas.result(schemas.array(_VIEW)))
    def views(self) -> Any:
        """The caller's saved views, the newest first."""
        return {"result": [_saved(each) for each in saved_views.listed(current_actor())]}

    @operation(
        "POST", "/views/", _l("把一个统计页连同当前数值保存下来"), status=201, answer=schemas.result(_VIEW), errors=(404, 409),
        body=schemas.some({"name": schemas.text(saved_views.NAME_LENGTH), "page": _PAGE, **_FILTERS}, "name", "page"),
        example={"name": "湖南 2025 年年报", "page": "overview", "region": "430000", "year": "2025"},
    )  # fmt: skip
    def save(self, data: dict[str, Any]) -> Any:
        """Save a page with its figures under a name."""
        return {"result": _saved(keep(data.pop("name"), data.pop("page"), Filters.of(data)))}

    @operation(
        "GET", f"/views/{PK}", _l("重算保存的视图：保存时、按当时数据重算、现在，以及差异涉及的产品"), errors=(404,),
        answer=schemas.result(schemas.obj({**_VIEW["properties"], "reproduced": schemas.FLAG, "tables": schemas.array(_TABLE)})),
    )  # fmt: skip
    def rerun(self, pk: int) -> Any:
        """A saved view run again: totals then and now, cells that differ, products that make the difference."""
        saved = saved_views.own(current_actor(), pk)
        view, found = compared(saved)
        cells = rerun.cells(saved, PAGES[saved.page][1](view))
        tables = [rerun.totals(found), *cells, rerun.changes(found, rerun.LISTED)]
        return {"result": {
            **_saved(saved), "reproduced": found.reproduced, "tables": [_table(each) for each in tables],
        }}  # fmt: skip

    @operation("DELETE", f"/views/{PK}", _l("删除保存的视图"), answer=GONE)
    def forget(self, pk: int) -> Any:
        """Forget a saved view."""
        saved_views.remove(current_actor(), pk)
        return gone(pk)


def _saved(view: m.SavedView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in ("id", "name", "page", "query", "at", "created_at")}


def _table(table: Table) -> dict[str, Any]:
    columns = [
        {"key": each.key, "label": str(each.label), "kind": each.kind, "note": str(each.note)}
        for each in table.columns
    ]
    rows = [{"code": row.code, "label": row.label, "values": list(row.values)} for row in table.rows]
    return {"key": table.key, "title": str(table.title), "columns": columns, "rows": rows}
