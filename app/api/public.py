"""What everybody may ask without a token: the products that the public pages show, and nothing else of them."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.utils.limit import Limit
from flask_babel import lazy_gettext as _l
from flask_limiter.util import get_remote_address

from app.api import schemas
from app.api.base import Api, operation
from app.domain.clock import local_date, utc_now
from app.domain.errors import NotFound
from app.domain.text import N_
from app.reports import public, public_lists, search
from app.reports.search import Hit
from app.web import narrowing
from app.web.text import in_english

SIZES = {"type": "integer", "minimum": 1, "maximum": 100}
NULLABLE = schemas.or_null(schemas.TEXT)
YEAR = {"type": "integer", "minimum": narrowing.FIRST_YEAR, "maximum": 9999}
ASKED = {
    "q": schemas.text(narrowing.TEXT_LENGTH), "province": schemas.text(6), "industry": schemas.text(4),
    "class": schemas.text(20), "year": YEAR, "state": schemas.one_of(*narrowing.STATES), "recognised": schemas.FLAG,
    "intensive": schemas.FLAG, "size": SIZES, "after": schemas.text(narrowing.CURSOR_LENGTH),
}  # fmt: skip
FACTS = {
    "filing_no": schemas.TEXT, "name": schemas.TEXT, "model": NULLABLE, "unit_name": schemas.TEXT,
    "industry_code": NULLABLE, "class_code": NULLABLE, "filed_on": schemas.DAY,
    "updated_year": {"type": ["integer", "null"]}, "state": schemas.one_of(*narrowing.STATES),
}  # fmt: skip
HIT = schemas.obj({**FACTS, "province": NULLABLE, "recognised": schemas.FLAG})
PATENT = schemas.obj(dict.fromkeys(("number", "title", "kind", "legal_state"), schemas.TEXT))
DATA_YEAR = schemas.obj({
    "year": {"type": "integer"}, "updated": schemas.FLAG, "approved_on": schemas.or_null(schemas.DAY),
    "patents": schemas.array(PATENT),
})  # fmt: skip
CERTIFICATE = schemas.obj({
    "number": schemas.TEXT, "year": {"type": "integer"}, "issued_on": schemas.DAY, "valid_until": schemas.DAY,
    "revoked_on": schemas.or_null(schemas.DAY), "state": schemas.one_of(*public_lists.CERTIFICATE_STATES),
})  # fmt: skip
PRODUCT = schemas.obj({
    **FACTS, "province_name": schemas.TEXT, "nature": NULLABLE, "stage": NULLABLE, "class_path": schemas.array(schemas.TEXT),
    "industry_path": schemas.array(schemas.TEXT), "intensive": schemas.FLAG, "revoked_on": schemas.or_null(schemas.DAY),
    "filing_year": {"type": "integer"}, "years": schemas.array(DATA_YEAR), "certificates": schemas.array(CERTIFICATE),
})  # fmt: skip


class PublicApi(Api):
    """Filed products for everybody."""

    resource_name = "public"
    area = "public"
    #: as the public pages (``OpenPage``); the open data are offered to whoever wants all of it
    often = "600 per minute"

    def __init__(self) -> None:
        super().__init__()
        self.limits = [Limit(lambda: type(self).often, get_remote_address, cost=1)]

    @operation(
        "GET", "/products", _l("一页已备案的产品；q 为关键词，after 接续上一页的 next；件数最多数到 1,000"), args=ASKED,
        answer=schemas.page(HIT), errors=(400, 429), is_open=True,
    )  # fmt: skip
    def products(self, args: dict[str, Any]) -> Any:
        """A page of products: exact matches first, then the newest; ``count`` is exact up to 1,000."""
        size = args.pop("size", 20)
        given = {name: _as_typed(value) for name, value in args.items()}
        asked = narrowing.asked(given)
        found = search.find(asked.text, asked.filters, asked.after, size)
        return {"count": found.count, "next": found.next, "result": [_hit(hit) for hit in found.rows]}

    @operation(
        "GET", "/products/<filing_no>", _l("一个已备案的产品：各年度的关联专利和认定证书"), answer=schemas.result(PRODUCT),
        errors=(404, 429), is_open=True,
    )  # fmt: skip
    def product(self, filing_no: str) -> Any:
        """One product with its years and certificates; 404 for any that is not public."""
        today = local_date(utc_now())
        found = public.product(filing_no, today, english=in_english()) if filing_no.isprintable() else None
        if found is None:
            raise NotFound(N_("没有找到这个备案编号的产品，请核对编号"))
        return {"result": _product(found, public_lists.certificates_of(found.filing_no, today))}


def _as_typed(value: Any) -> str:
    """An argument as the search page takes it."""
    return {True: "1", False: ""}[value] if isinstance(value, bool) else str(value)


def _hit(hit: Hit) -> dict[str, Any]:
    names = (*FACTS, "province", "recognised")
    return {name: getattr(hit, name) for name in names} | {"state": public.shown_state(hit.state)}


def _product(
    found: public.PublicProduct, certificates: list[public_lists.PublicCertificate]
) -> dict[str, Any]:
    own = (
        *FACTS,
        "province_name",
        "nature",
        "stage",
        "class_path",
        "industry_path",
        "revoked_on",
        "filing_year",
    )
    years = [
        {"year": each.year, "updated": each.updated, "approved_on": each.approved_on,
         "patents": [vars(patent) for patent in each.patents]}
        for each in found.years
    ]  # fmt: skip
    named = ("number", "year", "issued_on", "valid_until", "revoked_on", "state")
    return {name: getattr(found, name) for name in own} | {
        "intensive": found.intensive is not None, "years": years,
        "certificates": [{name: getattr(each, name) for name in named} for each in certificates],
    }  # fmt: skip
