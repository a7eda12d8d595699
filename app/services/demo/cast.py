"""The hand-made part of the demonstration: people, units and products that went through the real use cases.

Every unit is made up and its name says 示例. The patents are real; their owners are the made-up units only where the
source of the numbers does not name one.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask_appbuilder.security.sqla.models import Role, User
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app import models as m
from app.db import session, transaction
from app.documents import storage
from app.domain import actor as roles
from app.domain.actor import Actor
from app.domain.normal import name_key
from app.domain.uscc import ALPHABET, organisation_check
from app.registers import patents as register
from app.services import assets, cases, filings, patents, realname, review, revocations, updates
from app.services.demo import story as told
from app.services.demo.story import PRODUCTS, UNITS, Story

PATENTS = Path(__file__).parents[2] / "data" / "demo" / "patents.csv"
STAFF = (
    ("admin", roles.ADMIN, "系统管理员", None),
    ("reviewer1", roles.REVIEWER, "审核员甲", None),
    ("reviewer2", roles.REVIEWER, "审核员乙", None),
    ("officer", roles.RECOGNITION_OFFICER, "认定专员", None),
    ("office", roles.IP_OFFICE, "湖南省知识产权管理部门", "430000"),
    ("auditor", roles.AUDITOR, "审计员", None),
)
#: Days ago; everything else happened in April of its year.
_RECENT = {"pending": 1, "returned": 2, "draft": 3}
T = TypeVar("T")


def load(now: datetime, password: str) -> None:
    """Load people, register, units and products; once."""
    register.load_register(PATENTS, now=now)
    hashed = generate_password_hash(password)
    with transaction(Actor.system("demo")):
        for name, role, title, region in STAFF:
            _user(name, role, title, hashed, region=region)
        for unit in UNITS:
            _unit(unit, hashed, now)
    for unit in UNITS:
        if unit.get("identity"):
            _identify(actor(unit["user"]), unit, now)
    for story in PRODUCTS:
        _Player(story, now).play()


def _user(
    name: str, role: str, title: str, hashed: str, *, region: str | None = None, unit_id: int | None = None
) -> None:
    user = User(
        first_name=title,
        last_name="",
        username=name,
        email=f"{name}@demo.invalid",
        active=True,
        password=hashed,
    )
    user.roles = [session.scalars(select(Role).where(Role.name == role)).one()]
    session.add(user)
    session.flush()
    session.add(m.Account(user_id=user.id, unit_id=unit_id, region_code=region, is_demo=True))


def _unit(facts: dict[str, Any], hashed: str, now: datetime) -> None:
    unit = m.Unit(
        name=facts["name"],
        name_key=name_key(facts["name"]),
        uscc=_code(facts["area"], facts["serial"]),
        created_at=now,
        changed_at=now,
    )
    session.add(unit)
    session.flush()
    _user(facts["user"], roles.UNIT, "经办人", hashed, unit_id=unit.id)


def _code(area: str, serial: int) -> str:
    """A made-up social credit code with right check characters."""
    from stdnum.cn import uscc

    body = "MADX" + "".join(ALPHABET[serial // 31**place % 31] for place in (3, 2, 1, 0))
    code = f"91{area}{body}{organisation_check(body)}"
    return code + str(uscc.calc_check_digit(code))


def actor(username: str) -> Actor:
    """Somebody of the demonstration, as who acts."""
    row = session.execute(
        select(m.Account, User).join(User, User.id == m.Account.user_id).where(User.username == username)
    ).one()
    found = Actor(
        row.User.id,
        username,
        frozenset(role.name for role in row.User.roles),
        row.Account.unit_id,
        row.Account.region_code,
    )
    session.rollback()
    return found


def do(actor: Actor, work: Callable[[], T]) -> T:
    """Do something in a transaction of its own, in somebody's name."""
    with transaction(actor):
        return work()


def file(actor: Actor, name: str, title: str, now: datetime) -> int:
    """A one-page PDF that stands for a sealed scan."""
    purpose, buffer = name, io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(72, 760, f"Demonstration file: {title}")
    canvas.showPage()
    canvas.save()
    buffer.seek(0)
    return do(actor, lambda: storage.save(buffer, f"{title}.pdf", purpose, actor.unit_id, actor, now).id)


def _identify(actor: Actor, facts: dict[str, Any], now: datetime) -> None:
    begun = (
        datetime(facts.get("since", now.year), 2, 20, 2, tzinfo=UTC)
        if facts["identity"] == "verified"
        else now
    )
    data = facts["data"] | {
        "licence_file_id": file(actor, "licence", "business-licence", begun),
        "commitment_file_id": file(actor, "commitment", "integrity-commitment", begun),
        "email": f"{facts['user']}@demo.invalid",
        "makes_or_sells": True,
    }
    unit_id = actor.unit_id or 0
    unit = do(actor, lambda: session.get_one(m.Unit, unit_id))
    do(actor, lambda: realname.save(actor, unit_id, data, session.get_one(m.Unit, unit_id).version, begun))
    case = do(
        actor, lambda: realname.submit(actor, unit_id, session.get_one(m.Unit, unit.id).version, begun).id
    )
    if facts["identity"] == "verified":
        _approve(case, begun)
        do(actor, lambda: patents.import_own(actor, begun))
        for year in range(told.FIRST_YEAR, now.year):
            _assets(actor, year, begun, now)


def _assets(actor: Actor, year: int, begun: datetime, now: datetime) -> None:
    moment = min(now, max(begun, datetime(year + 1, 3, 1, 2, tzinfo=UTC)))
    data = told.assets(year) | {
        "statement_file_id": file(actor, "statement", f"profit-statement-{year}", moment),
        "statement_seal": "auditor",
    }
    do(actor, lambda: assets.complete(actor, year, data, None, moment))


def _approve(case_id: int, now: datetime) -> None:
    reviewer = actor("reviewer1")

    def work() -> None:
        cases.claim(reviewer, case_id, now)
        case = session.get_one(m.Case, case_id)
        review.approve(
            reviewer, case_id, case.subject_version, now, acknowledged=True, override_note="演示：提醒已核对"
        )

    do(reviewer, work)


class _Player:
    """Plays one product's story: each year's filing or update, and how it ended."""

    def __init__(self, story: Story, now: datetime) -> None:
        self.story, self.now = story, now
        self.actor = actor(story.user)
        self.product_id = 0

    def play(self) -> None:
        """From the first draft to the last state."""
        for position, outcome in enumerate(self.story.outcomes):
            year = self.now.year - len(self.story.outcomes) + position
            moment = min(datetime(year + 1, 4, 10 + position, 2, tzinfo=UTC), self.now)
            if outcome in _RECENT:
                moment = self.now - timedelta(days=_RECENT[outcome])
            if position == 0:
                self._file(moment, outcome)
            else:
                self._update(moment, outcome, position)

    def _data(self, growth: int) -> dict[str, Any]:
        return self.story.data | {
            name: str(int(amount) * (100 + self.story.growth * growth) // 100)
            for name, amount in self.story.figures.items()
        }

    def _links(self) -> list[dict[str, Any]]:
        numbers = [number.replace(".", "") for number in self.story.patents]
        found = session.scalars(
            select(m.Patent).where(
                m.Patent.unit_id == self.actor.unit_id, m.Patent.application_no.in_(numbers)
            )
        )
        ids = {patent.application_no: patent.id for patent in found}
        return [
            {
                "patent_id": ids[number],
                "core": position < len(self.story.shares),
                "contribution": self.story.shares[position] if position < len(self.story.shares) else None,
            }
            for position, number in enumerate(numbers)
        ]

    def _product(self) -> m.Product:
        return session.get_one(m.Product, self.product_id)

    def _file(self, moment: datetime, outcome: str) -> None:
        self.product_id = do(self.actor, lambda: filings.start_draft(self.actor, moment).id)
        do(
            self.actor,
            lambda: filings.save_step(
                self.actor,
                self.product_id,
                2,
                self._data(0) | {"links": self._links()},
                self._product().version,
                moment,
            ),
        )
        if outcome == "draft":
            return
        case = do(
            self.actor,
            lambda: filings.submit(self.actor, self.product_id, self._product().version, True, moment).id,
        )
        self._decide(case, outcome, moment)
        if outcome == "revoked":
            case = do(
                self.actor,
                lambda: (
                    revocations.request(
                        self.actor,
                        self.product_id,
                        "off_market",
                        "产品已停止生产。",
                        self._product().version,
                        moment,
                    ).id
                ),
            )
            _approve(case, moment)

    def _update(self, moment: datetime, outcome: str, growth: int) -> None:
        if outcome == "not_updated":
            return
        year_id = do(self.actor, lambda: updates.start(self.actor, self.product_id, moment).id)

        def version() -> int:
            return session.get_one(m.ProductYear, year_id).version

        do(self.actor, lambda: updates.save(self.actor, year_id, self._data(growth), version(), moment))
        case = do(self.actor, lambda: updates.submit(self.actor, year_id, version(), True, moment).id)
        self._decide(case, outcome, moment)

    def _decide(self, case_id: int, outcome: str, moment: datetime) -> None:
        if outcome in ("filed", "revoked"):
            _approve(case_id, moment)
        elif outcome == "returned":
            reviewer = actor("reviewer2")
            seen = do(
                reviewer,
                lambda: (cases.claim(reviewer, case_id, moment), session.get_one(m.Case, case_id))[1],
            )
            do(
                reviewer,
                lambda: review.return_(
                    reviewer, case_id, seen.subject_version, self.story.reason, self.story.remarks, moment
                ),
            )
