"""The cast of the API's tests: two units' programs and a reviewer's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app import models as m
from app.db import session
from app.domain import actor as roles
from app.domain.clock import local_date, utc_now
from tests.support import factories as make
from tests.support.programs import Program


@dataclass
class Cast:
    """Programs by whose token they use; ``unit`` is verified and has last year's assets."""

    unit: m.Unit
    anna: Program
    bo: Program
    rita: Program
    data_year: int


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Anna's unit files, Bo's is another, Rita reviews."""
    year = local_date(utc_now()).year - 1
    unit, other = make.make_unit(), make.make_unit()
    make.make_assets(unit, year)
    users = [
        make.make_user(roles.UNIT, unit),
        make.make_user(roles.UNIT, other),
        make.make_user(roles.REVIEWER),
    ]
    session.commit()
    anna, bo, rita = [Program.of(app, user) for user in users]
    return Cast(unit, anna, bo, rita, year)


def program(app: Flask, role: str) -> Program:
    """The program of somebody new with a role."""
    user = make.make_user(role)
    session.commit()
    return Program.of(app, user)


@pytest.fixture
def admin(app: Flask) -> Program:
    """An administrator's program."""
    return program(app, roles.ADMIN)


@pytest.fixture
def auditor(app: Flask) -> Program:
    """The program of somebody who only reads."""
    return program(app, roles.AUDITOR)


@pytest.fixture
def officer(app: Flask) -> Program:
    """An officer's program."""
    return program(app, roles.RECOGNITION_OFFICER)


def whole_filing(class_code: str) -> dict[str, Any]:
    """Product information and figures with nothing to find fault with."""
    return {
        "name": "电动自行车用锂离子电池", "model": "无", "nature": "goods", "stage": "end", "class_code": class_code,
        "industry_code": "3841", "takes_part": True, "output_value": 1200, "sales": "1,000.00", "volume": 5000,
        "volume_unit": "组", "profit": 150.5,
        "introduction": "采用磷酸铁锂正极材料的电芯组成，额定电压四十八伏，装在车架内，为电动自行车供电。",
    }  # fmt: skip
