"""The forms of registering, signing in and passwords; the rules themselves are the services'."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import DataRequired, EqualTo

from app.web.forms import no_control_characters

TYPED = {"autocapitalize": "none", "spellcheck": "false"}


def _line(label: Any, missing: Any = None, description: Any = "", **attributes: str) -> StringField:
    validators = (
        [no_control_characters] if missing is None else [DataRequired(missing), no_control_characters]
    )
    return StringField(label, validators=validators, description=description, render_kw=TYPED | attributes)


def _password(label: Any, missing: Any, autocomplete: str, same_as: str = "") -> PasswordField:
    validators: list[Any] = [DataRequired(missing)]
    if same_as:
        validators.append(EqualTo(same_as, _l("两次输入的密码不一致")))
    return PasswordField(
        label, validators=validators, render_kw={"autocomplete": autocomplete, "maxlength": "128"}
    )


def _captcha() -> StringField:
    return _line(_l("图形验证码"), autocomplete="off", maxlength="4")


def _code() -> StringField:
    return _line(
        _l("验证码"),
        _l("请填写收到的 6 位验证码"),
        autocomplete="one-time-code",
        inputmode="numeric",
        maxlength="6",
    )


class SignInForm(FlaskForm):
    """User name and password; the captcha only after failures."""

    username = _line(
        _l("用户名"),
        _l("请填写用户名"),
        autocomplete="username",
        description=_l("统一社会信用代码、注册时自选的用户名、手机号码或电子邮箱"),
    )
    password = _password(_l("密码"), _l("请填写密码"), "current-password")
    captcha = _captcha()
    next = HiddenField()


class RegisterForm(FlaskForm):
    """A unit and its first user."""

    uscc = _line(
        _l("统一社会信用代码"),
        _l("请填写 18 位统一社会信用代码"),
        autocomplete="off",
        maxlength="40",
        description=_l("18 位，见营业执照、事业单位法人证书等；默认也是登录的用户名"),
    )
    unit_name = _line(
        _l("单位名称"),
        _l("请填写营业执照等证照上的单位全称"),
        autocomplete="organization",
        maxlength="200",
        description=_l("与证照上的全称一致"),
    )
    mobile = _line(
        _l("手机号码"), _l("请填写 11 位手机号码"), autocomplete="tel", inputmode="tel", maxlength="20"
    )
    email = _line(
        _l("电子邮箱"), _l("请填写电子邮箱"), autocomplete="email", inputmode="email", maxlength="200"
    )
    channel = SelectField(
        _l("验证码发送方式"),
        choices=[
            SelectChoice("sms", _l("短信，发到手机号码")),
            SelectChoice("email", _l("邮件，发到电子邮箱")),
        ],
    )
    captcha = _captcha()
    code = _code()
    username = _line(
        _l("用户名"),
        autocomplete="username",
        maxlength="64",
        description=_l("可不填：不填时以统一社会信用代码为用户名"),
    )
    password = _password(_l("密码"), _l("请填写密码"), "new-password")
    again = _password(_l("再次输入密码"), _l("请再次输入密码"), "new-password", "password")
    agree = BooleanField(
        _l("我已获本单位授权办理注册，所填内容真实"),
        validators=[DataRequired(_l("请确认已获本单位授权且内容真实"))],
    )


class ForgotForm(FlaskForm):
    """Whose password is to be set anew."""

    name = _line(
        _l("手机号码、电子邮箱或用户名"),
        _l("请填写手机号码、电子邮箱或用户名"),
        autocomplete="username",
        maxlength="200",
        description=_l("用户名通常是统一社会信用代码"),
    )


class ResetForm(FlaskForm):
    """The code that was sent and the new password."""

    code = _code()
    new = _password(_l("新密码"), _l("请填写新密码"), "new-password")
    again = _password(_l("再次输入新密码"), _l("请再次输入新密码"), "new-password", "new")


class ChangeForm(FlaskForm):
    """The present password and the new one."""

    old = _password(_l("当前密码"), _l("请填写当前密码"), "current-password")
    new = _password(_l("新密码"), _l("请填写新密码"), "new-password")
    again = _password(_l("再次输入新密码"), _l("请再次输入新密码"), "new-password", "new")
