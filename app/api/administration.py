"""Users, roles and the records of the system itself, over REST."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.api import schemas
from app.api.answers import GONE, PK, gone
from app.api.base import operation
from app.api.viewed import SEEN, ViewApi
from app.columns import LARGEST_INTEGER
from app.domain.actor import PUBLIC, ROLES
from app.services import users
from app.web import records
from app.web.security import current_actor
from app.web.users import RoleView, UserView

_ACTS = {
    "unlock": users.unlock, "deactivate": users.deactivate, "activate": users.activate, "sign_out": users.end_sessions,
}  # fmt: skip
_ROLES = schemas.array(schemas.one_of(*(name for name in ROLES if name != PUBLIC)), len(ROLES), least=1)

#: the number of a permission, which FAB keeps in fewer digits than we our records
_PERMISSION = {**schemas.ID, "maximum": LARGEST_INTEGER}


class SystemApi(ViewApi):
    """What administrators keep and auditors see."""

    area = "system"


class UserApi(SystemApi):
    """Users. Nobody chooses a password for another: who is new sets one by a code sent to the address given."""

    resource_name = "users"
    view = UserView
    example = {
        "username": "officer_b", "name": "李四", "email": "officer-b@example.com", "mobile": "", "uscc": "", "region_code": "",
        "roles": ["RecognitionOfficer"],
    }  # fmt: skip

    def fields(self, columns: Sequence[str]) -> dict[str, schemas.Schema]:
        """Details of a user, as an administrator types them."""
        return {name: _ROLES if name == "roles" else schemas.or_null(schemas.text(200)) for name in columns}

    def added(self) -> schemas.Schema:
        """A new user, with what no user is without."""
        return schemas.some(self.fields(self.view.add_columns), "username", "name", "email", "roles")

    @operation(
        "POST", f"/{PK}/<any({','.join(_ACTS)}):act>", _l("解锁、停用、启用账号，或让其在所有设备上退出"), answer=GONE,
    )  # fmt: skip
    def act(self, pk: int, act: str) -> Any:
        """Unlock an account, close it, open it again, or end its sessions."""
        _ACTS[act](current_actor(), pk)
        return gone(pk)


class RoleApi(SystemApi):
    """Roles with the permissions they have on views and APIs."""

    resource_name = "roles"
    view = RoleView

    @operation(
        "PUT", "/<pk>", _l("设定角色的权限（permissions 中的 id），最多 15 秒后在所有进程生效"),
        body=schemas.obj({"seen": SEEN, "permissions": schemas.array(_PERMISSION, 10_000)}), errors=(409,),
        answer=lambda api: api.kept(), example={"seen": "0" * 64, "permissions": [1, 2, 3]},
    )  # fmt: skip
    def put(self, pk: str, data: dict[str, Any]) -> Any:
        """Give a role exactly these permissions."""
        role = users.change_role(current_actor(), self.unchanged(pk, data["seen"]).id, data["permissions"])
        current_app.appbuilder.sm.forget_permissions()  # type: ignore[attr-defined]
        return self.answered(role.id)

    @operation(
        "GET", "/permissions", _l("全部权限：视图或接口，以及在其中能做什么"),
        answer=schemas.result(schemas.array(schemas.obj({"id": _PERMISSION, "name": schemas.TEXT}))),
    )  # fmt: skip
    def permissions(self) -> Any:
        """All permissions there are, to be given to roles."""
        return {"result": sorted(users.permissions(), key=str)}


class AuditEventApi(SystemApi):
    """The trail."""

    resource_name = "audit-events"
    view = records.AuditEventView


class DeliveryApi(SystemApi):
    """Messages sent and to be sent, to everybody."""

    resource_name = "deliveries"
    view = records.OutboxView


class StoredFileApi(SystemApi):
    """Uploaded files."""

    resource_name = "stored-files"
    view = records.StoredFileView
