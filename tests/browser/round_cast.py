"""Who takes part in the round that is walked in the browser, what is there before it begins, and steps done often."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from flask_appbuilder.security.sqla.models import User
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from app import models as m
from app.db import db, session, transaction
from app.domain.actor import RECOGNITION_OFFICER, REVIEWER, UNIT
from app.services.recognition import supplements
from tests.browser.conftest import Post
from tests.browser.moved import Clock
from tests.browser.people import Person
from tests.support import factories as make
from tests.support.accounts import PASSWORD, make_account
from tests.support.notices import at
from tests.support.supplements import WHOLE
from tools import server

FIRST, DOUBTED, REFUSED = "含磷废水净化器", "生活污水脱氮设备", "漂浮式水生植物种植浮床"
BELOW, NEVER = "重金属废水吸附剂", "垃圾焚烧炉飞灰收集器"
NAME, MOBILE, EMAIL = "示例绿源环保科技有限公司", "13812345678", "jia@example.com"
#: what each product sold: the last one too little to pass the screening
SALES = {FIRST: 9000, DOUBTED: 7000, REFUSED: 5000, BELOW: 4000, NEVER: 10}
PARTS = ("protection", "value", "dependence")
START, PUBLISHED, LAST_DAY, AFTER = "2025-09-10", "2025-09-22", "2025-10-11", "2025-10-12"


@dataclass
class Round:
    """Who takes part, and where."""

    officer: Person
    rui: Person
    rong: Person
    unit: Person
    public: Person
    platform: server.Server
    clock: Clock
    post: Post
    folder: Path
    filed: dict[str, str]

    def day(self, day: str) -> None:
        """Move the clock; whoever was signed in has been away for too long."""
        self.clock.set(at(day))
        self.officer.context.clear_cookies()
        self.unit.context.clear_cookies()
        self.officer.sign_in("officer", PASSWORD)

    def follow_work(self, name: str, words: str = "") -> None:
        """Begin long work, see on its page how far it is and what came of it, and go where the result is."""
        page = self.officer.page
        self.officer.submit(name)
        expect(page.locator("[data-progress]")).to_have_attribute("data-state", "done")
        if words:
            said(page, words)
        self.officer.follow("查看结果")

    def open_round(self) -> None:
        """The round's checklist."""
        self.officer.go("/recognition/")
        self.officer.follow("2025 年度专利密集型产品认定")

    def back_to_round(self) -> None:
        """By the way the page shows."""
        self.officer.follow("2025 年度专利密集型产品认定")

    def open_notice(self) -> None:
        """The officer's page of the notice."""
        self.open_round()
        self.officer.follow("公示")
        self.officer.follow("2025 年度拟认定专利密集型产品公示")


def people_and_products() -> dict[str, str]:
    """The cast, stored; gives the products' filing numbers. Keys are made anew, on the platform's own day."""
    unit = make.make_unit(NAME)
    make.make_assets(unit)
    make_account(RECOGNITION_OFFICER, "officer")
    make_account(REVIEWER, "rui")
    make_account(REVIEWER, "rong")
    make_account(UNIT, "jia", unit=unit, mobile=MOBILE)
    products = [
        make.make_product(
            unit, name, state="filed", patents=[make.make_patent(unit) for _ in range(2)],
            figures={"sales": Decimal(sales), "profit": min(Decimal(300), Decimal(sales) / 10), "export": Decimal(sales) / 10,
                     "domestic_share": Decimal(20) if sales > 100 else None},
        )
        for name, sales in SALES.items()
    ]  # fmt: skip
    filed = {product.name or "": product.filing_no or "" for product in products}
    session.execute(delete(m.SigningKey))
    session.commit()
    session.remove()
    db.engine.dispose()
    return filed


def hand_in_the_others() -> None:
    """The other three at once, with the same file: their pages are the same."""
    owner = make.actor_of(session.scalars(select(User).where(User.username == "jia")).one())
    session.rollback()
    with transaction(owner):
        unit = session.get_one(m.Unit, owner.unit_id)
        file = session.scalars(select(m.StoredFile).where(m.StoredFile.purpose == "evidence")).all()[-1]
        for recognition in session.scalars(select(m.Recognition).filter_by(state="supplement_due")).all():
            given = supplements.of(owner, recognition.id)
            given.answers = WHOLE
            for part in PARTS:
                copy = make.make_file(unit, sha256=file.sha256, size=file.size, media_type=file.media_type)
                given.files.append(m.SupplementFile(unit_id=unit.id, file_id=copy.id, dimension=part))
            session.flush()
            supplements.submit(owner, recognition.id, given.version, True, at(START))
    session.remove()
    db.engine.dispose()


def said(page: Page, words: str) -> None:
    """What was done is said at the head of the page."""
    expect(page.get_by_role("status").filter(has_text=words)).to_be_visible()
