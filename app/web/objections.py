"""The public pages of objections 异议 and tips 线索: raising one, with a file or without, named or not, and following it."""

from __future__ import annotations

import secrets
from typing import Any, BinaryIO, cast

from flask import make_response, request
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import limit
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import FileField, HiddenField, StringField, TextAreaField

from app.db import acting, session
from app.documents import storage
from app.domain.actor import Actor
from app.domain.clock import local_date, utc_now
from app.domain.errors import Conflict, DomainError, RuleError, TooMany
from app.domain.recognition.objections import is_token
from app.models import StoredFile
from app.registers import parameters
from app.reports import public, public_notices
from app.services.recognition import expiry, objections
from app.services.recognition.objections import Raised, Receipt
from app.web import files
from app.web.base import OpenPage
from app.web.forms import show_problems
from app.web.text import render

_TEXTS = ("filing_no", "text", "name", "contact")
_RECEIVER = Actor.system("objection")


class ObjectionForm(FlaskForm):
    """What somebody objects to, and why; ``token`` makes the same form twice one objection."""

    filing_no = StringField(
        _l("产品备案编号"), description=_l("见备案证明、公示名单或产品页面，如 ZLCP2025430000123"),
        render_kw={"maxlength": "40", "autocomplete": "off", "spellcheck": "false"},
    )  # fmt: skip
    text = TextAreaField(
        _l("事实和理由"),
        description=_l("写明哪一项不属实或不符合条件，依据是什么，最多 5000 字"),
        render_kw={"maxlength": "5000"},
    )
    file = FileField(_l("证据文件（可不传）"))
    name = StringField(_l("姓名或单位名称"), render_kw={"maxlength": "100", "autocomplete": "name"})
    contact = StringField(
        _l("联系方式"),
        description=_l("电话或电子邮箱"),
        render_kw={"maxlength": "200", "autocomplete": "email"},
    )
    token = HiddenField()


class FollowForm(FlaskForm):
    """Number and pass phrase of an objection."""

    receipt_no = StringField(_l("受理号"), render_kw={"maxlength": "40", "autocomplete": "off"})
    phrase = StringField(
        _l("查询密码"), description=_l("提交时给出的 16 位字母和数字，不分大小写，横线可省略"),
        render_kw={"maxlength": "60", "autocomplete": "off", "spellcheck": "false"},
    )  # fmt: skip


class ObjectionsView(OpenPage):
    """Objections and tips, for everybody."""

    route_base = "/objections"

    @expose("/", methods=["GET", "POST"])
    @limit("30 per minute")
    def index(self) -> Response:
        """The way to raise one, and to follow one."""
        return self._follow("")

    @expose("/<string(maxlength=40):receipt>", methods=["GET", "POST"])
    @limit("30 per minute")
    def progress(self, receipt: str) -> Response:
        """How far one has come: asks for the pass phrase, whether or not there is such a number."""
        return self._follow(receipt)

    @expose("/new", methods=["GET", "POST"])
    @limit("30 per minute")
    def new(self) -> Response:
        """The form; sent, the receipt."""
        form: Any = ObjectionForm()
        if request.method == "GET":
            form.filing_no.data = request.args.get("product", "")[:40]
            form.token.data = secrets.token_urlsafe(24)
            return self._form(form)
        if not is_token(form.token.data or ""):
            form.token.data = secrets.token_urlsafe(24)
        if not form.validate():
            return self._form(form, 422)
        try:
            receipt = _raise(form)
        except DomainError as refused:
            return self._refused(form, refused)
        due = expiry.objection_due(utc_now())
        return _private(self.render_template("objections/receipt.html", receipt=receipt, due=due))

    def _refused(self, form: Any, refused: DomainError) -> Response:
        """The form again with what is wrong and nothing typed lost; a file with malware stays in quarantine."""
        session.rollback()
        if isinstance(refused, storage.Infected):
            with acting(_RECEIVER):
                storage.quarantine(refused.file)
        if isinstance(refused, RuleError):
            show_problems(form, refused.problems)
        else:
            form.form_errors.append(render(refused.message))
        response = self._form(
            form, 409 if isinstance(refused, Conflict) else 429 if isinstance(refused, TooMany) else 422
        )
        if isinstance(refused, TooMany):
            response.headers["Retry-After"] = str(refused.retry_after)
        return response

    def _form(self, form: Any, status: int = 200) -> Response:
        number, today = (form.filing_no.data or "").strip().upper(), local_date(utc_now())
        product = public.product(number, today) if number.isprintable() else None
        notice = None if product is None else public_notices.running_for(number, today)
        page = self.render_template(
            "objections/new.html", form=form, product=product, notice=notice,
            limit=parameters.integer("upload_max_mib"), a_day=parameters.integer("objections_per_address_day"),
            due_days=parameters.integer("objection_due_days"),
        )  # fmt: skip
        return _private(page, status)

    def _follow(self, receipt: str) -> Response:
        form: Any = FollowForm()
        if request.method == "GET":
            form.receipt_no.data = receipt
            return _private(self.render_template("objections/index.html", form=form))
        found = objections.follow(form.receipt_no.data or "", form.phrase.data or "")
        if found is None:
            form.form_errors.append(_("受理号或查询密码不正确，请核对后再试"))
            return _private(self.render_template("objections/index.html", form=form), 422)
        due = expiry.objection_due(found.received_at)
        return _private(self.render_template("objections/progress.html", found=found, due=due))


def _raise(form: Any) -> Receipt:
    """Check the cheap things first; a file is looked into before the transaction begins: that may take seconds, and
    SQLite has one writer."""
    what, now = Raised({name: form[name].data or "" for name in _TEXTS}, _ip(), form.token.data), utc_now()
    objections.check(what, now)
    sent, file = files.sent(), None
    if sent is not None:
        limits = storage.Limits.of("objection")
        session.rollback()
        file = _received(cast(BinaryIO, sent.stream), sent.filename or "", limits)
    return objections.raise_(what, file, now)


def _received(stream: BinaryIO, name: str, limits: storage.Limits) -> StoredFile:
    return storage.receive(stream, name, "objection", None, _RECEIVER, utc_now(), limits)


def _ip() -> str:
    return request.remote_addr or ""


def _private(page: Any, status: int = 200) -> Response:
    """An answer that no cache and no Back button keeps: it may show a pass phrase."""
    response = make_response(str(page), status)
    response.headers["Cache-Control"] = "no-store"
    return response
