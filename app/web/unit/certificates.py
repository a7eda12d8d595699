"""认定证书: the unit's certificates, their PDF files, and the mark for its products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as AnyResponse

from app import models as m
from app import policies
from app.db import session
from app.documents import mark, recognition_certificate
from app.domain.clock import local_date
from app.domain.errors import Conflict
from app.domain.text import N_
from app.services.recognition import certificate_files
from app.web import exported, exporting, listing
from app.web.access import guarded
from app.web.files import inert
from app.web.security import current_actor
from app.web.transactions import note
from app.web.unit.base import UnitPage, now, own_unit

PK = "<int(max=9223372036854775807):certificate_id>"
SPEC = listing.ListSpec(
    m.Certificate,
    ("number", "product_name", "model", "year", "issued_on", "valid_until", "revoked_on", "revoked_reason", "token"),
    ("number",), ("id", "desc"), {}, ("number", "product_name"),
)  # fmt: skip
TITLES = {
    "number": _l("证书编号"), "product_name": _l("产品名称"), "model": _l("规格型号"), "year": _l("认定年度"), "issued_on": _l("发证日期"),
    "valid_until": _l("有效期至"), "revoked_on": _l("撤销日期"), "revoked_reason": _l("撤销原因"),
}  # fmt: skip
_MARKS = {"png": (mark.png, "image/png"), "svg": (mark.svg, "image/svg+xml")}


class UnitCertificatesView(UnitPage):
    """The unit's certificates."""

    route_base = "/my/certificates"
    section = "certificates"
    roles = {"Unit": ("can_read",)}

    @expose("/")
    @guarded("read")
    def index(self) -> Any:
        """All of them, the newest first."""
        unit, query = own_unit(), listing.read_query(SPEC, request.args)
        page = listing.fetch(SPEC, query, m.Certificate.unit_id == unit.id)
        return self.page(
            "certificates.html", title=_("认定证书"), page=page, query=query, today=local_date(now()),
            address=recognition_certificate.address,
        )  # fmt: skip

    @expose(f"/export/{exporting.KIND}", methods=["GET", "POST"])
    @exporting.exports("read")
    def export(self, args: Mapping[str, str]) -> exporting.Sheet:
        """All of them."""
        own = m.Certificate.unit_id == current_actor().unit_id
        return exported.sheet(_("认定证书"), SPEC, listing.read_query(SPEC, args), TITLES, own)

    @expose(f"/{PK}.pdf")
    @inert
    @guarded("read")
    def pdf(self, certificate_id: int) -> AnyResponse:
        """The signed PDF."""
        return pdf_of(certificate_id)

    @expose(f"/{PK}/mark.<any(png,svg):picture>")
    @inert
    @guarded("read")
    def mark(self, certificate_id: int, picture: str) -> AnyResponse:
        """The mark, as long as the certificate is valid."""
        found = load(certificate_id)
        if found.revoked_on is not None or found.valid_until < local_date(now()):
            raise Conflict(N_("证书已失效，标识不能再使用"))
        make, media_type = _MARKS[picture]
        content = make(recognition_certificate.address(found.token), found.number)
        return download(content, f"{found.number}.{picture}", media_type)


def load(certificate_id: int) -> m.Certificate:
    """The certificate, or 404."""
    return policies.find(session(), m.Certificate, certificate_id, current_actor())


def pdf_of(certificate_id: int) -> AnyResponse:
    """The signed PDF of a certificate as a download."""
    found = load(certificate_id)
    if found.revoked_on is not None:
        raise Conflict(N_("证书已撤销，不能下载"))
    number, content = found.number, certificate_files.pdf(found)
    note("download", "certificate", certificate_id)
    return download(content, f"{number}.pdf", "application/pdf")


def download(content: bytes, name: str, media_type: str) -> AnyResponse:
    """Bytes that a browser stores and does not show."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(content, mimetype=media_type, headers=headers)
