"""The public pages: home, product search, a product's page. They show what ``reports.public`` gives and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

from flask import current_app, request
from flask_appbuilder.baseviews import expose
from markupsafe import Markup, escape

from app.domain import patent_number
from app.domain.clock import local_date, utc_now
from app.domain.errors import NotFound
from app.domain.recognition.verdict import WORDS
from app.domain.text import N_, Message
from app.registers import classifications
from app.registers.cache import Kept
from app.reports import articles, facets, public, public_lists, public_notices, search, search_marks
from app.web import entry, labels, narrowing
from app.web.base import OpenPage
from app.web.security import current_actor
from app.web.text import called, in_english

PAGE_SIZE = 20
NEWEST = 8
NOTICES, ARTICLES = 4, 6
#: kinds of articles that are news
NEWS = ("notice", "policy", "file")

_figures = Kept(lambda: public.figures(utc_now()), 60.0)
#: whether the product classification and the table of patent-intensive industries are not the official ones
_provisional = Kept(
    lambda: (classifications.scheme().example, classifications.intensive_is_provisional()), 60.0
)


class PortalView(OpenPage):
    """Pages for everybody."""

    route_base = ""
    default_view = "home"

    @expose("/")
    def home(self) -> str:
        """The way in: search, figures, where citizens, units and journalists go on, what is new."""
        actor, today = current_actor(), local_date(utc_now())
        return str(self.render_template(
            "portal/home.html", figures=_figures.get(), newest=public.newest(NEWEST), actor=actor,
            notices=public_notices.notices(today, NOTICES),
            articles=articles.articles(today, english=in_english(), kinds=NEWS, limit=ARTICLES),
            entry=entry.of(actor) if actor.user_id is not None else None,
            region=labels.region, may=self.appbuilder.sm.has_access,
        ))  # fmt: skip

    @expose("/products")
    def products(self) -> str:
        """Search in the filed products."""
        asked = narrowing.asked(request.args)
        found = search.find(asked.text, asked.filters, asked.after, PAGE_SIZE)
        counted = facets.of(asked.text, asked.filters, found)
        hint = None if found.rows else _number_hint(asked.text)
        example, provisional = _provisional.get()
        parts = search_marks.marker(asked.text)
        return str(self.render_template(
            "portal/products.html", asked=asked, found=found, hits=[_shown(hit, parts) for hit in found.rows], hint=hint,
            options=narrowing.options,
            years=narrowing.years(), now=utc_now(),
            example=example, provisional=provisional, limit=search.COUNT_LIMIT, rest=asked.query, counted=counted,
            groups=list(narrowing.groups(asked, counted)), states=narrowing.STATES,
        ))  # fmt: skip

    @expose("/products/<filing_no>")
    def product(self, filing_no: str) -> str:
        """One filed product."""
        shown = (
            public.product(filing_no, local_date(utc_now()), english=in_english())
            if filing_no.isprintable()
            else None
        )
        if shown is None:
            raise NotFound(N_("没有找到这个备案编号的产品，请核对编号"))
        address = f"{current_app.config['SETTINGS'].base_url}/products/{shown.filing_no}"
        example, provisional = _provisional.get()
        certificates = public_lists.certificates_of(shown.filing_no, local_date(utc_now()))
        return str(self.render_template(
            "portal/product.html", product=shown, address=address, linked_data=_linked_data(shown, address),
            example=example, provisional=provisional, certificates=certificates,
            words={state: WORDS[state][0] for state in public_lists.CERTIFICATE_STATES},
        ))  # fmt: skip


class _Shown(NamedTuple):
    """A hit as the page shows it: what matches is marked, codes are names."""

    filing_no: str
    filed_on: date
    updated_year: int | None
    state: str
    recognised: bool
    name: Markup
    unit: Markup
    model: Markup
    region: str
    industry: str


def _shown(hit: search.Hit, parts: Callable[[str], search_marks.Parts]) -> _Shown:
    name, unit, model = (_marked(parts(text)) for text in (hit.name, hit.unit_name, hit.model or ""))
    region, industry = labels.region(hit.province or ""), _industry(hit.industry_code)
    state = public.shown_state(hit.state)
    return _Shown(hit.filing_no, hit.filed_on, hit.updated_year, state, hit.recognised, name, unit, model,
                  region or "—", industry or "—")  # fmt: skip


def _marked(parts: search_marks.Parts) -> Markup:
    html = "".join(f"<mark>{escape(text)}</mark>" if hit else escape(text) for text, hit in parts)
    return Markup(html)  # noqa: S704 (escaped)


def _number_hint(text: str) -> Message | None:
    """What is wrong with a text that is meant as a patent number, where nothing was found."""
    if sum(sign.isdecimal() for sign in text) < 8:
        return None
    try:
        patent_number.parse(text)
    except patent_number.NumberError as error:
        return error.message
    return None


def _industry(code: str | None) -> str:
    node = classifications.get("industry", code)
    return called(node) if node else code or ""


def _linked_data(product: public.PublicProduct, address: str) -> dict[str, Any]:
    """The product for search engines (schema.org)."""
    facts = {"备案单位": product.unit_name, "备案日期": product.filed_on.isoformat(),
             "备案状态": "已撤销" if product.revoked else "已备案"}  # fmt: skip
    return {
        "@context": "https://schema.org", "@type": "Product", "name": product.name, "url": address,
        "model": product.model, "category": " > ".join(product.industry_path),
        "identifier": {"@type": "PropertyValue", "propertyID": "专利产品备案编号", "value": product.filing_no},
        "additionalProperty": [{"@type": "PropertyValue", "name": n, "value": v} for n, v in facts.items()],
    }  # fmt: skip
