"""Records for tests, made by plain functions with sensible defaults; each is stored (flushed), none is committed.

They write as nobody (the session carries no actor), and states are given, not reached: tests of how a state is reached
call the services.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from flask_appbuilder.security.sqla.models import Role, User
from sqlalchemy import select
from stdnum.cn import uscc as stdnum_uscc

from app import models as m
from app.db import session
from app.domain.actor import REVIEWER, UNIT, Actor
from app.domain.normal import name_key
from app.domain.patent_number import PatentNumber, check_character, term_end
from app.domain.uscc import organisation_check

#: A Wednesday; the data year of everything made here is 2024.
NOW = datetime(2025, 9, 10, 2, 0, tzinfo=UTC)
TODAY = date(2025, 9, 10)
DATA_YEAR = 2024

Record = TypeVar("Record")
_numbers = count(1)


def make_uscc(kind: str = "91", area: str = "430100") -> str:
    """A code with right check characters."""
    organisation = f"MA{next(_numbers):06d}"
    first = f"{kind}{area}{organisation}{organisation_check(organisation)}"
    return f"{first}{stdnum_uscc.calc_check_digit(first)}"


def make_number(year: int = 2018, kind: str = "1") -> PatentNumber:
    """A patent number with a right check character."""
    digits = f"{year}{kind}{next(_numbers):07d}"
    return PatentNumber(digits + check_character(digits))


def make_user(
    role: str = UNIT, unit: m.Unit | None = None, username: str | None = None, **values: Any
) -> User:
    """A user with one role; of a unit when one is given."""
    name = username or f"user{next(_numbers)}"
    found = session.scalars(select(Role).where(Role.name == role)).one_or_none() or Role(name=role)
    user = User(
        first_name=values.pop("first_name", name), last_name="测试", username=name, email=f"{name}@example.com",
        password="!", active=values.pop("active", True), roles=[found],
    )  # fmt: skip
    session.add(user)
    session.flush()
    session.add(m.Account(user_id=user.id, unit_id=unit.id if unit else None, **values))
    session.flush()
    return user


def actor_of(user: User) -> Actor:
    """The actor whom a user's requests act as."""
    account = session.get_one(m.Account, user.id)
    roles = frozenset(role.name for role in user.roles)
    return Actor(user.id, user.username, roles, unit_id=account.unit_id, region_code=account.region_code)


def make_reviewer(**values: Any) -> Actor:
    """A reviewer."""
    return actor_of(make_user(REVIEWER, **values))


def make_owner(unit: m.Unit, **values: Any) -> Actor:
    """A user of a unit."""
    return actor_of(make_user(UNIT, unit, **values))


def make_file(unit: m.Unit | None, purpose: str = "evidence", **values: Any) -> m.StoredFile:
    """A stored file's row; its bytes are nowhere."""
    number = next(_numbers)
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    defaults = {
        "token": digest[:32], "sha256": digest, "size": 1000, "media_type": "application/pdf",
        "original_name": f"文件{number}.pdf", "created_at": NOW,
    }  # fmt: skip
    return _stored(m.StoredFile(unit_id=unit.id if unit else None, purpose=purpose, **(defaults | values)))


def make_unit(
    name: str | None = None, *, state: str = "verified", former_names: Iterable[str] = (), **values: Any
) -> m.Unit:
    """A unit in Changsha with everything the real-name check asks for; ``files=False`` leaves out the files."""
    name = name or f"长沙示例{next(_numbers)}号机械有限公司"
    files = values.pop("files", True)
    defaults = {
        "uscc": make_uscc(), "kind": "enterprise", "legal_representative": "张三", "province": "430000",
        "city": "430100", "district": "430102", "address": "示例路 1 号", "contact": "李四", "mobile": "13800000000",
        "email": f"unit{next(_numbers)}@example.com", "makes_or_sells": True, "qualifications": [],
        "created_at": NOW, "changed_at": NOW, "verified_at": NOW if state == "verified" else None,
    }  # fmt: skip
    unit = _stored(m.Unit(name=name, name_key=name_key(name), state=state, **(defaults | values)))
    unit.former_names = [
        m.FormerName(unit_id=unit.id, name=each, name_key=name_key(each)) for each in former_names
    ]
    if files:
        unit.licence_file_id = make_file(unit, "licence").id
        unit.commitment_file_id = make_file(unit, "commitment").id
    session.flush()
    return unit


def make_assets(
    unit: m.Unit, year: int = DATA_YEAR, *, state: str = "complete", **values: Any
) -> m.AssetYear:
    """A year's assets, complete."""
    defaults = {
        "revenue": Decimal("90000"), "total_profit": Decimal("9000"), "total_assets": Decimal("80000"),
        "rnd_spending": Decimal("5000"), "employees": 300, "statement_seal": "auditor",
        "statement_file_id": make_file(unit, "statement").id, "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    return _stored(m.AssetYear(unit_id=unit.id, year=year, state=state, **(defaults | values)))


def make_register_patent(
    owners: Iterable[str], number: PatentNumber | None = None, **values: Any
) -> m.RegisterPatent:
    """A patent in the register, in force, owned by ``owners`` (names)."""
    owners = list(owners)
    number = number or make_number()
    filed = date(number.year, 3, 1)
    defaults = {
        "title": "一种示例装置及其制备方法", "kind": number.kind, "filing_date": filed,
        "grant_date": date(number.year + 2, 3, 1), "legal_state": "valid", "expiry": term_end(number.kind, filed),
        "patentees": ";".join(owners), "source": "test", "loaded_at": NOW,
    }  # fmt: skip
    found = _stored(m.RegisterPatent(application_no=number.compact, **(defaults | values)))
    session.add_all(m.RegisterPatentee(name_key=name_key(o), application_no=number.compact) for o in owners)
    session.flush()
    return found


def make_patent(unit: m.Unit, number: PatentNumber | None = None, **values: Any) -> m.Patent:
    """A patent in a unit's own base, in force, under the unit's name."""
    number = number or make_number()
    filed = date(number.year, 3, 1)
    defaults = {
        "title": "一种示例装置及其制备方法", "kind": number.kind, "filing_date": filed,
        "grant_date": date(number.year + 2, 3, 1), "legal_state": "valid", "expiry": term_end(number.kind, filed),
        "patentees": unit.name, "source": "register", "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    return _stored(m.Patent(unit_id=unit.id, application_no=number.compact, **(defaults | values)))


def make_product(
    unit: m.Unit, name: str = "电动自行车用锂离子电池", *, state: str = "draft", year: int = DATA_YEAR,
    patents: Iterable[m.Patent] | None = None, figures: dict[str, Any] | None = None, **values: Any,
) -> m.Product:  # fmt: skip
    """A product with its data of a year and its core patents (one is made when none are given): fit to be submitted.

    Its filing number and dates are made up for states that need them; its year's state follows its own.
    """
    numbered = state in ("filed", "revocation_pending", "revoked")
    defaults: dict[str, Any] = {
        "model": "无", "nature": "goods", "stage": "end", "class_code": class_code("锂电池"), "industry_code": "3841",
        "takes_part": True, "filing_year": year, "province": unit.province if numbered else None,
        "introduction": "采用磷酸铁锂正极材料的电芯组成，额定电压四十八伏，装在车架内，为电动自行车供电。",
        "filing_no": f"ZLCP{year + 1}43{next(_numbers):06d}" if numbered else None,
        "filed_on": date(year + 1, 6, 1) if numbered else None, "updated_year": year if numbered else None,
        "revocation_reason": "off_market" if state in ("revocation_pending", "revoked") else None,
        "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    product = _stored(
        m.Product(unit_id=unit.id, name=name, name_key=name_key(name), state=state, **(defaults | values))
    )
    make_year(product, year, state=_YEAR_STATES.get(state, "updated"), patents=patents, **(figures or {}))
    return product


_YEAR_STATES = {"draft": "draft", "pending": "pending", "returned": "returned"}


def make_year(
    product: m.Product,
    year: int,
    *,
    state: str = "draft",
    patents: Iterable[m.Patent] | None = None,
    **values: Any,
) -> m.ProductYear:
    """A product's data of a year; its patents are core ones with even shares."""
    figures = {
        "output_value": Decimal("1200"), "sales": Decimal("1000"), "volume": Decimal("5000"), "volume_unit": "组",
        "profit": Decimal("150"), "created_at": NOW, "changed_at": NOW,
    }  # fmt: skip
    made = _stored(
        m.ProductYear(
            product_id=product.id, unit_id=product.unit_id, year=year, state=state, **(figures | values)
        )
    )
    linked = [make_patent(product.unit)] if patents is None else list(patents)
    for place, patent in enumerate(linked):
        share = Decimal(10000 // len(linked) + (place < 10000 % len(linked))) / 100
        made.links.append(
            m.PatentLink(unit_id=product.unit_id, patent_id=patent.id, core=True, contribution=share)
        )
    session.flush()
    return made


def class_code(name: str) -> str:
    """The code of a leaf of the product classification."""
    query = select(m.ProductClass.code).where(m.ProductClass.name == name, m.ProductClass.is_leaf)
    return session.scalars(query).one()


def _stored(record: Record) -> Record:
    session.add(record)
    session.flush()
    return record
