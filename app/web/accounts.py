"""Pages of one's own account: registering, signing in and out, passwords, language and large type."""

from __future__ import annotations

import time
from typing import Any

from flask import Response, current_app, flash, jsonify, redirect, request, session, url_for
from flask_appbuilder.baseviews import expose
from flask_appbuilder.security.decorators import limit
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest

from app.db import session as database
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.domain.errors import RuleError
from app.services import accounts, codes, registration
from app.web import account_forms as forms
from app.web import captcha, entry, security, sessions
from app.web.access import from_own_page, internal, to_sign_in
from app.web.base import OpenPage
from app.web.forms import show_problems
from app.web.security import current_actor
from app.web.text import render

LANGUAGES = ("zh", "en")
#: Seconds until "forgotten password" is answered: writing a message takes time, and time would tell that there is one
ANSWERED_AFTER = 0.5
_REGISTER, _RESET = "register_request", "reset_request"


def limits() -> accounts.Limits:
    """How often a sign-in may fail here."""
    settings = current_app.config["SETTINGS"]
    return accounts.Limits(settings.lock_after, settings.lock_minutes)


def _ip() -> str:
    return request.remote_addr or ""


class AccountPage(OpenPage):
    """What the pages of this module share."""

    route_base = ""

    def page(self, template: str, form: Any, **context: Any) -> Any:
        """The page with its form; 422 when something in it is wrong."""
        html = self.render_template(f"accounts/{template}.html", form=form, **context)
        return html, (422 if form.errors else 200)


class AuthView(AccountPage):
    """Signing in and out. FAB and ``access.to_sign_in`` know it by this name."""

    default_view = "login"

    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        """The sign-in page."""
        form: Any = forms.SignInForm(next=internal(request.args.get("next"), ""))
        ask = captcha.is_on() and accounts.needs_captcha(_ip(), utc_now(), limits())
        if request.method == "GET" and current_actor().user_id is not None:
            return redirect(form.next.data or entry.of(current_actor()).href)
        if request.method == "POST" and form.validate():
            try:
                signed_in = self._checked(form, ask)
            except RuleError as error:
                show_problems(form, error.problems)
                ask = captcha.is_on() and accounts.needs_captcha(_ip(), utc_now(), limits())
            else:
                actor = _begin_session(signed_in)
                return redirect(internal(form.next.data, entry.of(actor).href))
        return self.page("login", form, ask=ask)

    def _checked(self, form: Any, ask: bool) -> accounts.SignedIn:
        if ask:
            try:
                captcha.require(form.captcha.data or "")
            except RuleError:
                accounts.note_failure(_ip(), utc_now(), limits())
                raise
        return accounts.sign_in(form.username.data, form.password.data, _ip(), utc_now(), limits())

    @expose("/logout", methods=["POST"])
    def logout(self) -> Any:
        """End the session on the server."""
        accounts.sign_out(current_actor())
        security.sign_out()
        flash(_("您已退出登录"), "info")
        return redirect("/")


def _begin_session(signed_in: accounts.SignedIn) -> Actor:
    large_type = session.get("large_type", False) or signed_in.large_type
    actor = security.sign_in(signed_in.user_id)
    session.setdefault("locale", signed_in.language)
    session["large_type"] = large_type
    return actor


class RegisterView(AccountPage):
    """A unit registers."""

    default_view = "register"

    @expose("/register", methods=["GET", "POST"])
    def register(self) -> Any:
        """The registration page."""
        form: Any = forms.RegisterForm()
        registered = False
        if request.method == "POST" and form.validate():
            try:
                user_id = registration.register(_registration(form), utc_now())
            except RuleError as error:
                show_problems(form, error.problems)
                registered = any(problem.rule == "registered" for problem in error.problems)
            else:
                actor = _begin_session(accounts.SignedIn(user_id, _language(), False))
                flash(_("注册成功。接下来请完成实名认证，通过后即可备案产品。"), "success")
                return redirect(entry.of(actor).href)
        return self.page("register", form, registered=registered, captcha_on=captcha.is_on())

    @expose("/register/uscc")
    @limit("120 per minute")
    def uscc(self) -> Response:
        """JSON for the page: whether a code is right and not yet registered, while it is typed."""
        try:
            code = registration.check_uscc(request.args.get("code", "")[:40])
        except RuleError as error:
            problem = error.problems[0]
            return jsonify(ok=False, message=render(problem.message), registered=problem.rule == "registered")
        return jsonify(ok=True, message=_("代码校验通过，可以注册"), code=code)

    @expose("/register/code", methods=["POST"])
    def code(self) -> Response:
        """JSON for the page: send the one-time code, once the captcha is right."""
        captcha.require(request.form.get("captcha", ""))
        channel = "email" if request.form.get("channel") == "email" else "sms"
        address = request.form.get("email" if channel == "email" else "mobile", "")
        session[_REGISTER] = registration.send_code(channel, address, _ip(), utc_now(), _language())
        return jsonify(
            seconds=int(codes.AGAIN_AFTER.total_seconds()), message=_("验证码已发送，5 分钟内有效")
        )


def _registration(form: Any) -> registration.Registration:
    data = form.data
    typed = {
        name: data[name] or ""
        for name in ("uscc", "unit_name", "username", "mobile", "email", "password", "channel", "code")
    }
    return registration.Registration(**typed, request_id=session.get(_REGISTER, ""), language=_language())


def _language() -> str:
    return "en" if str(get_locale()) == "en" else "zh"


class PasswordView(AccountPage):
    """Changing one's password, and setting a forgotten one anew."""

    default_view = "forgot"
    route_base = "/password"

    @expose("/forgot", methods=["GET", "POST"])
    def forgot(self) -> Any:
        """Ask for a code; the answer is the same whether or not there is such an account."""
        form: Any = forms.ForgotForm()
        if request.method == "POST" and form.validate():
            ready_at = time.monotonic() + ANSWERED_AFTER
            if request_id := accounts.request_reset(form.name.data, _ip(), utc_now()):
                session[_RESET] = request_id
            flash(
                _("如果该账号存在，验证码已发送到其手机或电子邮箱，5 分钟内有效；同一账号一分钟内只发送一次"),
                "info",
            )
            database.commit()  # nobody waits to write meanwhile
            time.sleep(max(0.0, ready_at - time.monotonic()))
            return redirect(url_for("PasswordView.reset"))
        return self.page("forgot", form)

    @expose("/reset", methods=["GET", "POST"])
    def reset(self) -> Any:
        """Set a new password with the code."""
        form: Any = forms.ResetForm()
        if request.method == "POST" and form.validate():
            try:
                username = accounts.reset(session.get(_RESET, ""), form.code.data, form.new.data, utc_now())
            except RuleError as error:
                show_problems(form, error.problems)
            else:
                session.pop(_RESET, None)
                flash(_("密码已重设，用户名是 %(name)s，请登录", name=username), "success")
                return redirect(url_for("AuthView.login"))
        return self.page("reset", form)

    @expose("/change", methods=["GET", "POST"])
    def change(self) -> Any:
        """Change one's own password; every other session ends."""
        actor = current_actor()
        if actor.user_id is None:
            return to_sign_in()
        form: Any = forms.ChangeForm()
        if request.method == "POST" and form.validate():
            try:
                accounts.change_password(
                    actor,
                    form.old.data,
                    form.new.data,
                    _ip(),
                    utc_now(),
                    keep_digest=sessions.current_digest(),
                    limits=limits(),
                )
            except RuleError as error:
                show_problems(form, error.problems)
            else:
                session.renew()  # type: ignore[attr-defined]
                flash(_("密码已修改，其他设备上的登录已全部退出"), "success")
                return redirect("/")
        return self.page("change", form)


class PreferencesView(AccountPage):
    """How somebody likes the pages; remembered in the session and, when signed in, with the account.

    Its buttons are on every page, also on those that start no session and so have no CSRF token: browsers say
    where a form comes from, and only our own pages are heeded.
    """

    default_view = "language"

    def create_blueprint(self, *args: Any, **values: Any) -> Any:
        """The origin is checked here in place of the token."""
        blueprint = super().create_blueprint(*args, **values)
        current_app.extensions["csrf"].exempt(blueprint)
        return blueprint

    @expose("/language", methods=["POST"])
    def language(self) -> Any:
        """Switch between Chinese and English."""
        _refuse_foreign_pages()
        chosen = request.form.get("language")
        if chosen in LANGUAGES:
            session["locale"] = chosen
            accounts.prefer(current_actor(), language=chosen)
        return redirect(internal(request.form.get("next")))

    @expose("/large-type", methods=["POST"])
    def large_type(self) -> Any:
        """Switch large type on and off."""
        _refuse_foreign_pages()
        session["large_type"] = not session.get("large_type", False)
        accounts.prefer(current_actor(), large_type=session["large_type"])
        return redirect(internal(request.form.get("next")))


def _refuse_foreign_pages() -> None:
    if not from_own_page():
        raise BadRequest
