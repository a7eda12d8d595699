"""The officer's pages of certificates 认定证书: those of a round, all their PDF files at once, and withdrawal."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder.baseviews import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from app import models as m
from app.db import session
from app.documents import recognition_certificate
from app.domain.clock import local_date, utc_now
from app.domain.errors import Conflict, RuleError
from app.services import records
from app.services.recognition import certificate_files, certificates
from app.web import listing
from app.web.access import guarded
from app.web.files import inert
from app.web.recognition.base import ROUND, RoundPage
from app.web.security import current_actor
from app.web.text import render
from app.web.unit.base import seen_version
from app.web.unit.certificates import PK, load, pdf_of

SPEC = listing.ListSpec(
    m.Certificate, ("number", "product_name", "unit_name", "issued_on", "valid_until", "revoked_on", "file_id"),
    ("number",), ("id", "asc"), {}, ("number", "product_name", "unit_name"),
)  # fmt: skip


class CertificateDeskView(RoundPage):
    """Certificates of a round."""

    route_base = "/recognition"

    @expose(f"/{ROUND}/certificates")
    @guarded("read")
    def index(self, round_id: int) -> Any:
        """The certificates of a round, how many there are, and how many have their file."""
        round_, query = self.round(round_id), listing.read_query(SPEC, request.args)
        page = listing.fetch(SPEC, query, m.Certificate.year == round_.year)
        return self.page(
            "certificates.html", title=_("认定证书"), round=round_, page=page, query=query,
            counts=certificate_files.counts(round_id), waiting=len(certificate_files.missing(round_id)),
            today=local_date(utc_now()),
        )  # fmt: skip

    @expose(f"/{ROUND}/certificates", methods=["POST"])
    @guarded("work")
    def make(self, round_id: int) -> Any:
        """Make all files that are missing, in the background."""
        self.round(round_id)
        try:
            job = certificate_files.start(round_id, current_actor(), utc_now())
        except Conflict as error:
            session.rollback()
            flash(render(error.message), "warning")
            return redirect(url_for(".index", round_id=round_id))
        return redirect(url_for("BackgroundView.show", job_id=job.id))

    @expose(f"/certificates/{PK}")
    @guarded("read")
    def show(self, certificate_id: int) -> Any:
        """One certificate."""
        return self._certificate(certificate_id)

    @expose(f"/certificates/{PK}.pdf")
    @inert
    @guarded("read")
    def pdf(self, certificate_id: int) -> AnyResponse:
        """Its signed PDF."""
        return pdf_of(certificate_id)

    @expose(f"/certificates/{PK}/withdraw", methods=["POST"])
    @guarded("work")
    def withdraw(self, certificate_id: int) -> Any:
        """Withdraw the recognition; what is refused is said on the page, which keeps what was typed."""
        found, actor = load(certificate_id), current_actor()
        recognition = records.load(m.Recognition, found.recognition_id, actor)
        reason, seen = request.form.get("reason", ""), seen_version(request.form.get("version"))
        try:
            certificates.withdraw(recognition, reason, actor, utc_now(), version=seen or 0)
        except (Conflict, RuleError) as error:
            session.rollback()
            status = 409 if isinstance(error, Conflict) else 422
            return self._certificate(certificate_id, status, render(error.message))
        flash(_("认定已撤销，证书已列入吊销名单，并已通知单位"), "success")
        return redirect(url_for(".show", certificate_id=certificate_id))

    def _certificate(self, certificate_id: int, status: int = 200, why: str = "") -> Any:
        found, actor = load(certificate_id), current_actor()
        recognition = records.load(m.Recognition, found.recognition_id, actor)
        return self.page(
            "certificate.html", status, title=found.number, certificate=found, recognition=recognition,
            round=recognition.round, why=why, typed=request.form.get("reason", ""),
            may_withdraw=certificates.may_withdraw(recognition, actor), today=local_date(utc_now()),
            address=recognition_certificate.address(found.token),
        )  # fmt: skip
