"""The kinds of records that can be imported, and by whom."""

from __future__ import annotations

from app.domain.actor import ADMIN, UNIT, Actor
from app.domain.errors import NotFound
from app.services.imports.assets import Assets
from app.services.imports.patents import Patents
from app.services.imports.products import Products
from app.services.imports.register import Register
from app.services.imports.targets import Target
from app.services.imports.users import Users
from app.services.imports.whole import Classes, Days, Industries, Intensive

#: what units import into their own data, and administrators into what is kept for all
OF_UNITS: tuple[Target, ...] = (Patents(), Products(), Assets())
OF_ADMINS: tuple[Target, ...] = (Register(), Classes(), Industries(), Intensive(), Days(), Users())
_ALL = {target.kind: target for target in (*OF_UNITS, *OF_ADMINS)}


def allowed(kind: str, actor: Actor) -> bool:
    """Whether the actor may import this kind."""
    target = _ALL.get(kind)
    if target in OF_UNITS:
        return actor.has(UNIT) and actor.unit_id is not None
    return target is not None and actor.has(ADMIN)


def target_of(kind: str, actor: Actor) -> Target:
    """The kind of that name if the actor may import it; NotFound otherwise."""
    if not allowed(kind, actor):
        raise NotFound
    return _ALL[kind]
