"""Tokens for programs: the same sign-in as the page's, with the same counting and locking."""

from __future__ import annotations

from typing import Any

from flask import jsonify, request
from flask_appbuilder.api import expose
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
from werkzeug.exceptions import BadRequest, Unauthorized

from app import models as m
from app.api.base import Api
from app.db import session
from app.domain.clock import utc_now
from app.domain.errors import RuleError
from app.services import accounts
from app.web.accounts import limits
from app.web.bodies import json_object
from app.web.text import render


class SecurityApi(Api):
    """Sign in with user name and password for a token; renew it with the refresh token."""

    resource_name = "security"
    #: nothing here reads the browser's session
    csrf_exempt = True

    @expose("/login", methods=("POST",))
    def login(self) -> Any:
        """A token.
        ---
        post:
          description: A token that lasts 15 minutes, and with `refresh` one to renew it.
          requestBody:
            required: true
            content:
              application/json:
                schema:
                  type: object
                  properties:
                    username: {type: string}
                    password: {type: string}
                    refresh: {type: boolean}
          responses:
            200: {description: "access_token and, where asked for, refresh_token"}
            400: {description: Bad request}
            401: {description: Not signed in}
            429: {description: Too many failures}
        """
        data = json_object()
        if not all(isinstance(data.get(name), str) for name in ("username", "password")):
            raise BadRequest
        try:
            signed_in = accounts.sign_in(
                data["username"], data["password"], request.remote_addr or "", utc_now(), limits()
            )
        except RuleError as error:
            return jsonify(status=401, message=render(error.message)), 401
        claims = {"stamp": _stamp(signed_in.user_id)}
        tokens = {
            "access_token": create_access_token(str(signed_in.user_id), fresh=True, additional_claims=claims)
        }
        if data.get("refresh") is True:
            tokens["refresh_token"] = create_refresh_token(str(signed_in.user_id), additional_claims=claims)
        return jsonify(tokens)

    @expose("/refresh", methods=("POST",))
    def refresh(self) -> Any:
        """A new token for a refresh token.
        ---
        post:
          description: A new token for a refresh token, as long as the account is open and its password the same.
          security:
          - jwt_refresh: []
          responses:
            200: {description: access_token}
            401: {description: Not signed in}
        """
        try:
            verify_jwt_in_request(refresh=True)
        except (JWTExtendedException, PyJWTError) as error:
            raise Unauthorized from error
        user = get_current_user()
        return jsonify(
            access_token=create_access_token(
                str(user.id), fresh=False, additional_claims={"stamp": accounts.token_stamp(user)}
            )
        )


def _stamp(user_id: int) -> str:
    query = select(m.Account).options(joinedload(m.Account.user)).where(m.Account.user_id == user_id)
    return accounts.token_stamp(session.scalars(query.execution_options(unscoped=True)).one().user)
