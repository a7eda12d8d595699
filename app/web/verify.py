"""Verifying a certificate 证书核验: what its QR code leads to, and what others need to verify without asking us."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Response, current_app, request
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select

from app import models as m
from app.db import session
from app.domain.clock import utc_now
from app.domain.recognition import verdict
from app.domain.recognition.statement import text_of
from app.domain.recognition.verdict import Finding, token_in
from app.policies import PUBLISHED
from app.services.recognition import keys, verification
from app.web.base import OpenPage
from app.web.text import render

#: the certificate is genuine, whether or not it is still valid; all else is answered like a page that is not there
_GENUINE = (verdict.VALID, verdict.VALID_RETIRED, verdict.EXPIRED, verdict.REVOKED)
_TEXT_LENGTH = 2000


class VerifyView(OpenPage):
    """Certificates of recognition, for everybody."""

    route_base = "/v"
    often = "60 per minute"

    @expose("/")
    def index(self) -> Any:
        """The form: what was scanned, or number and unit where the code cannot be read; and the answer to it."""
        text, number, unit = (
            request.args.get(name, "")[:_TEXT_LENGTH].strip() for name in ("code", "number", "unit")
        )
        if text:
            return self._answer(*verification.online(token_in(text), utc_now(), number))
        if number and unit:
            return self._answer(*verification.by_number(number, unit, utc_now()))
        asked = bool(request.args)
        page = self.render_template(
            "portal/verify.html",
            title=_("证书核验"),
            words=verdict.WORDS,
            incomplete=asked,
            number=number,
            unit=unit,
        )
        return page, 422 if asked else 200

    @expose("/<string:token>")
    def show(self, token: str) -> Any:
        """What the code on a certificate says, and whether it holds."""
        return self._answer(*verification.online(token, utc_now()))

    @expose("/keys.json")
    def keys(self) -> Response:
        """The public keys, for those who verify without a network."""
        return _document(keys.published(current_app.config["SETTINGS"].base_url, utc_now()), "keys.json")

    @expose("/revocations.json")
    def revocations(self) -> Response:
        """The signed, dated list of revoked certificates."""
        return _document(verification.signed_revocations(utc_now()), "revocations.json")

    @expose("/offline.html")
    def offline(self) -> Response:
        """A page to be kept, with keys, revocations and program in it: it verifies without a network."""
        now = utc_now()
        script = Path(current_app.static_folder or "", "js", "offline.js").read_text(encoding="utf-8")
        page = self.render_template("portal/offline.html", data=_kept(now), script=Markup(script), now=now)  # noqa: S704
        return Response(page, headers={"Content-Disposition": 'attachment; filename="offline.html"'})

    def _answer(self, finding: Finding, certificate: m.Certificate | None) -> Any:
        page = self.render_template(
            "portal/certificate.html", title=_("证书核验结果"), finding=finding, certificate=certificate,
            filing_no=_filing_no(certificate), checked_at=utc_now(),
        )  # fmt: skip
        return page, 200 if finding.verdict in _GENUINE else 404


def _filing_no(certificate: m.Certificate | None) -> str | None:
    """The number under which the public finds the product, while it is published."""
    if certificate is None:
        return None
    product = m.Product.__table__.c
    query = select(product.filing_no).where(
        product.id == certificate.product_id, product.state.in_((*PUBLISHED, "revoked"))
    )
    return session.execute(query).scalar_one_or_none()


def _kept(now: datetime) -> dict[str, Any]:
    """What the page without a network knows: keys, revocations and its own words."""
    tones = {
        verdict.VALID: "good",
        verdict.VALID_RETIRED: "good",
        verdict.EXPIRED: "busy",
        verdict.UNREADABLE: "plain",
    }
    words = {
        name: (render(title), render(meaning), tones.get(name, "bad"))
        for name, (title, meaning) in verdict.WORDS.items()
    }
    words["unsupported"] = (
        _("无法核验"),
        _("此浏览器不支持所需的签名算法，或本页已损坏。请换用新版浏览器，或重新下载本页。"),
        "plain",
    )
    labels = {
        "number": _("证书编号"), "product": _("产品名称"), "unit": _("单位名称"), "year": _("认定年度"),
        "validUntil": _("有效期至"), "patents": _("关联专利"),
    }  # fmt: skip
    known = {
        name: {"raw": text_of(key.key.public_bytes_raw()), "retired": key.retired_on is not None}
        for name, key in keys.statement_keys().items()
    }
    return {
        "keys": known,
        "revocations": verification.signed_revocations(now),
        "words": words,
        "labels": labels,
    }


def _document(content: Any, name: str) -> Response:
    body = json.dumps(content, ensure_ascii=False, indent=1)
    return Response(
        body, mimetype="application/json", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )
