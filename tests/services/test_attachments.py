"""T-U13: what was submitted keeps its files; replacing one is a new file in a new round."""

from __future__ import annotations

import pytest
from flask import Flask

from app import models as m
from app.db import session
from app.domain.errors import Conflict
from app.services import filings
from tests.support.acts import do, send_back, submit
from tests.support.factories import make_assets, make_file, make_owner, make_product, make_reviewer, make_unit


def test_T_U13_a_submitted_version_keeps_its_file_and_hash(app: Flask) -> None:
    unit = make_unit()
    make_assets(unit)
    product = make_product(unit)
    first, second = make_file(unit), make_file(unit)
    owner, reviewer = make_owner(unit), make_reviewer()
    session.commit()
    do(filings.add_evidence, owner, product.id, first.id, "sales", product.version)
    case = submit(owner, session.get_one(m.Product, product.id))
    submitted = case.snapshot

    with pytest.raises(Conflict):
        do(
            filings.add_evidence,
            owner,
            product.id,
            second.id,
            "sales",
            session.get_one(m.Product, product.id).version,
        )
    with pytest.raises(Conflict):
        do(filings.remove_evidence, owner, product.id, 1, session.get_one(m.Product, product.id).version)

    send_back(reviewer, case)
    current = session.get_one(m.Product, product.id)
    old = current.years[0].evidence[0].id
    do(filings.remove_evidence, owner, product.id, old, current.version)
    do(
        filings.add_evidence,
        owner,
        product.id,
        second.id,
        "sales",
        session.get_one(m.Product, product.id).version,
    )
    again = submit(owner, session.get_one(m.Product, product.id))

    assert session.get_one(m.Case, case.id).snapshot == submitted
    assert first.sha256 in str(submitted)
    assert first.sha256 not in str(again.snapshot)
    assert second.sha256 in str(again.snapshot)
