"""Many people at once, and a process that dies in between: one decision, one number, no gap, nothing half-written."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import audit
from app import models as m
from app.db import db, session
from app.domain.errors import Conflict
from app.services import cases, filings, notices, review
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support.acts import approve, do, submit
from tests.support.factories import NOW

THREADS, EACH = 8, 50


def at_once(app: Flask, jobs: list[Callable[[], Any]]) -> list[Any]:
    """Run ``jobs`` each in a thread with a session of its own, all starting together; results or the Conflict raised."""
    gate = threading.Barrier(len(jobs))

    def work(job: Callable[[], Any]) -> Any:
        with app.app_context():
            gate.wait()
            try:
                return job()
            except Conflict as error:
                return error
            finally:
                session.remove()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(work, jobs))


def persist(job: Callable[[], Any]) -> Any:
    """Try again while the one place of SQLite's writers is taken for longer than it waits, as people do after a 503."""
    for _ in range(5):
        try:
            return job()
        except OperationalError:
            session.remove()
    return job()


def submitted(cast: Cast, count: int) -> list[int]:
    """Ids of open cases of as many products, put there without the checker."""
    patent = make.make_patent(cast.unit)
    ids = []
    for number in range(count):
        name = "电动自行车用电池" + "".join("甲乙丙丁戊己庚辛壬癸"[int(digit)] for digit in f"{number:03d}")
        product = make.make_product(
            cast.unit,
            name,
            state="pending",
            patents=[patent],
            figures={"sales": Decimal("2.00"), "profit": Decimal("1.00")},
        )
        what = cases.Submission("filing", product.id, product.version, cast.unit.id, name, {}, [])
        ids.append(cases.open_case(what, cast.anna, NOW).id)
    session.commit()
    return ids


def test_t_w03_eight_threads_approve_four_hundred_cases_without_a_gap(app: Flask, cast: Cast) -> None:
    ids = submitted(cast, THREADS * EACH)
    versions = dict(session.execute(select(m.Case.id, m.Case.subject_version)).all())
    session.remove()

    def approve_share(share: list[int]) -> int:
        for case_id in share:
            persist(lambda c=case_id: do(review.approve, cast.rui, c, versions[c], acknowledged=True))
        return len(share)

    done = at_once(app, [lambda n=n: approve_share(ids[n::THREADS]) for n in range(THREADS)])

    assert sum(done) == len(ids)
    given = session.scalars(select(m.Product.filing_no).order_by(m.Product.filing_no)).all()
    assert given == [f"ZLCP202543{number:06d}" for number in range(1, len(ids) + 1)]


def test_t_w02_two_reviewers_at_once_make_one_decision(app: Flask, cast: Cast) -> None:
    ids = submitted(cast, 10)
    versions = dict(session.execute(select(m.Case.id, m.Case.subject_version)).all())
    session.remove()
    for case_id in ids:
        results = at_once(app, [
            lambda c=case_id: do(review.approve, cast.rui, c, versions[c], acknowledged=True).id,
            lambda c=case_id: do(review.return_, cast.rong, c, versions[c], "请核对", {}).id,
        ])  # fmt: skip
        assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    states = session.scalars(select(m.Case.state)).all()
    numbered = session.scalar(select(func.count(m.Product.filing_no)))
    assert numbered == states.count("approved")
    assert sorted(session.scalars(select(m.Product.filing_no).where(m.Product.filing_no.is_not(None)))) == [
        f"ZLCP202543{number:06d}" for number in range(1, numbered + 1)
    ]


def test_a_withdrawal_and_an_approval_at_once_make_one_outcome(app: Flask, cast: Cast) -> None:
    ids = submitted(cast, 6)
    rows = session.execute(select(m.Case.id, m.Case.subject_id, m.Case.subject_version)).all()
    session.remove()
    for case_id, product_id, version in rows:
        results = at_once(app, [
            lambda c=case_id, v=version: do(review.approve, cast.rui, c, v, acknowledged=True).id,
            lambda p=product_id: do(filings.withdraw, cast.anna, p).id,
        ])  # fmt: skip
        assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    outcomes = session.execute(
        select(m.Case.state, m.Product.state).join(m.Product, m.Product.id == m.Case.subject_id)
    )
    assert set(outcomes) <= {("approved", "filed"), ("withdrawn", "draft")}
    assert len(ids) == 6


def test_one_of_two_who_claim_at_once_has_the_case(app: Flask, cast: Cast) -> None:
    (case_id,) = submitted(cast, 1)
    session.remove()

    results = at_once(
        app, [lambda who=who: do(cases.claim, who, case_id).id for who in (cast.rui, cast.rong)]
    )

    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]
    assert session.scalar(select(m.Case.claimed_by)) in (cast.rui.user_id, cast.rong.user_id)


def test_a_double_click_on_submit_makes_one_case(app: Flask, cast: Cast) -> None:
    product = make.make_product(cast.unit)
    session.commit()
    product_id, version = product.id, product.version
    session.remove()

    results = at_once(app, [lambda: do(filings.submit, cast.anna, product_id, version, True).id] * 4)

    assert sum(not isinstance(result, Conflict) for result in results) == 1
    assert session.scalars(select(m.Case.receipt_no)).all() == ["SL2025091000001"]


def killed(work: Callable[[], Any]) -> bool:
    """Run ``work`` in a child process with connections of its own; whether a signal ended it."""
    session.remove()
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def die(*_args: Any, **_values: Any) -> None:
    """End this process the hard way."""
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("where", "what"),
    [
        (cases, "close"),
        (filings, "fire"),
        (filings.search, "index_product"),
        (notices.outbox, "post"),
        (audit, "_chain"),
    ],
    ids=["before anything", "after the number", "after the state", "before the message", "before the log"],
)
def test_t_d02_a_process_killed_in_mid_approval_leaves_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, where: Any, what: str
) -> None:
    product = make.make_product(cast.unit)
    session.commit()
    case = submit(cast.anna, product)
    case_id, version = case.id, case.subject_version

    with monkeypatch.context() as patch:
        patch.setattr(where, what, die)
        assert killed(lambda: do(review.approve, cast.rui, case_id, version))

    case = session.scalars(select(m.Case)).one()
    assert case.state == "open"
    assert session.scalars(select(m.Product.filing_no)).all() == [None]
    assert (
        session.scalar(
            select(func.count()).select_from(m.Outbox).where(m.Outbox.template == "filing_approved")
        )
        == 0
    )
    approve(cast.rui, case)
    assert session.scalars(select(m.Product.filing_no)).all() == ["ZLCP202543000001"]
