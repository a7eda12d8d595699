"""Tokens for programs: the same sign-in as the page's, with the same counting and locking."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import lazy_gettext as _l
from flask_jwt_extended import (
    create_access_token,
    create_refresh_token,
    get_current_user,
    verify_jwt_in_request,
)
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt import PyJWTError
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.exceptions import Unauthorized

from app import models as m
from app.api import schemas
from app.api.base import Api, operation
from app.db import session
from app.domain.clock import utc_now
from app.domain.errors import RuleError
from app.services import accounts
from app.web.accounts import limits
from app.web.errors import answer
from app.web.text import render

SIGN_IN = schemas.some(
    {"username": schemas.text(200), "password": schemas.text(1000), "refresh": schemas.FLAG},
    "username",
    "password",
)
TOKENS = schemas.some({"access_token": schemas.TEXT, "refresh_token": schemas.TEXT}, "access_token")


class SecurityApi(Api):
    """Sign in with user name and password for a token; renew it with the refresh token."""

    resource_name = "security"
    area = "account"
    #: nothing here reads the browser's session
    csrf_exempt = True

    @operation(
        "POST", "/login", _l("用户名和密码换取 15 分钟有效的令牌"), body=SIGN_IN, answer=TOKENS, is_open=True,
        example={"username": "unit_a", "password": "…", "refresh": True}, errors=(401, 422, 429),
    )  # fmt: skip
    def login(self, data: dict[str, Any]) -> Any:
        """A token that lasts 15 minutes, and with ``refresh`` one to renew it."""
        try:
            signed_in = accounts.sign_in(
                data["username"], data["password"], request.remote_addr or "", utc_now(), limits()
            )
        except RuleError as error:
            return answer(401, render(error.message))[0]
        claims = {"stamp": _stamp(signed_in.user_id)}
        tokens = {
            "access_token": create_access_token(str(signed_in.user_id), fresh=True, additional_claims=claims)
        }
        if data.get("refresh"):
            tokens["refresh_token"] = create_refresh_token(str(signed_in.user_id), additional_claims=claims)
        return tokens

    @operation("POST", "/refresh", _l("用刷新令牌换取新令牌"), answer=TOKENS, is_open=True, errors=(401,))
    def refresh(self) -> Any:
        """A new token for a refresh token, as long as the account is open and its password the same."""
        try:
            verify_jwt_in_request(refresh=True)
        except (JWTExtendedException, PyJWTError) as error:
            raise Unauthorized from error
        user = get_current_user()
        stamp = {"stamp": accounts.token_stamp(user)}
        return {"access_token": create_access_token(str(user.id), fresh=False, additional_claims=stamp)}


def _stamp(user_id: int) -> str:
    query = select(m.Account).options(joinedload(m.Account.user)).where(m.Account.user_id == user_id)
    return accounts.token_stamp(session.scalars(query.execution_options(unscoped=True)).one().user)
