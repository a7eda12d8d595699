"""Product drafts and assets of a unit from tables: the same rules as in their forms."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from app import models as m
from app.db import session
from app.services import filings
from tests.services.conftest import Cast
from tests.support import factories as make
from tests.support import imports
from tests.support.acts import do

PRODUCT = ("产品名称", "规格型号", "产品性质", "产品分类", "销售收入", "核心专利及贡献率", "其他关联专利")
ASSETS = ("年度", "营业收入", "从业人数", "利润表盖章")


@pytest.fixture
def numbers(cast: Cast) -> list[str]:
    """Three patents of unit A."""
    unit = session.get_one(m.Unit, cast.anna.unit_id)
    made = [make.make_patent(unit).application_no for _ in range(3)]
    session.commit()
    return made


def products(cast: Cast) -> list[m.Product]:
    """Unit A's products."""
    session.rollback()
    return list(session.scalars(select(m.Product).where(m.Product.unit_id == cast.anna.unit_id)))


def a_class() -> str:
    """A code of the product classification."""
    return session.scalars(select(m.ProductClass.code).where(m.ProductClass.is_leaf)).first() or ""


def test_products_become_drafts_with_their_figures_and_linked_patents(
    cast: Cast, numbers: list[str], tmp_path: Path
) -> None:
    core = f"{numbers[0]}:60；{numbers[1]}：40"
    row = ["示例锂电池", "X-1", "实物产品", a_class(), "1,200.50", core, numbers[2]]
    before = imports.dump()

    done = imports.imported(cast.anna, "products", imports.written(tmp_path, PRODUCT, [row]))

    (product,) = products(cast)
    assert (done.counts, product.state, product.nature) == ({"new": 1}, "draft", "goods")
    assert product.years[0].sales == Decimal("1200.50")
    assert {(link.patent.application_no, link.core, link.contribution) for link in product.years[0].links} == {
        (numbers[0], True, Decimal(60)), (numbers[1], True, Decimal(40)), (numbers[2], False, None),
    }  # fmt: skip
    assert imports.undone(cast.anna, done.id).stage == "undone"
    assert imports.dump() == before


def test_a_draft_that_went_on_since_keeps_its_import_from_being_undone(cast: Cast, tmp_path: Path) -> None:
    rows = [["示例锂电池", "X-1", "", "", "", "", ""], ["示例锂电池", "X-2", "", "", "", "", ""]]
    done = imports.imported(cast.anna, "products", imports.written(tmp_path, PRODUCT, rows))
    second = next(product for product in products(cast) if product.model == "X-2")
    do(filings.save_step, cast.ali, second.id, 1, {"introduction": "之后填写"}, second.version)

    assert imports.undone(cast.anna, done.id).conflicts[0]["params"] == {"row": 3}
    assert len(products(cast)) == 2


def test_every_fault_of_a_product_is_named_at_once(cast: Cast, numbers: list[str], tmp_path: Path) -> None:
    rows = [
        ["示例锂电池", "X-1", "软件", "没有的", "一百", f"{numbers[0]}:abc;{make.make_number().display}:5", "123"],
        ["", "X-2", "", "", "", "", ""],
    ]  # fmt: skip
    batch_id = imports.uploaded(cast.anna, "products", imports.written(tmp_path, PRODUCT, rows))

    said = imports.said(batch_id)
    assert [text.split(":")[0] for text in said[2]] == [
        "nature", "sales", "class_code", "core", "core", "other",
    ]  # fmt: skip
    assert said[3] == ["name: 不能为空"]


def test_a_product_handed_in_is_not_changed_by_a_table(cast: Cast, tmp_path: Path) -> None:
    unit = session.get_one(m.Unit, cast.anna.unit_id)
    filed = make.make_product(unit, "示例锂电池", state="filed", model="X-1")
    session.commit()
    rows = [[filed.name, "X-1", "", "", "10", "", ""]]
    batch_id = imports.uploaded(cast.anna, "products", imports.written(tmp_path, PRODUCT, rows))
    assert "已提交或备案" in imports.said(batch_id)[2][0]


def test_assets_are_saved_as_drafts_and_restored_to_the_letter(cast: Cast, tmp_path: Path) -> None:
    before = imports.dump()
    rows = [["2024", "100,000.00", "301", ""], ["2023", "80000", "290", "审计单位章"]]

    done = imports.imported(cast.anna, "assets", imports.written(tmp_path, ASSETS, rows))

    years = session.scalars(select(m.AssetYear).where(m.AssetYear.unit_id == cast.anna.unit_id)).all()
    assert done.counts == {"change": 1, "new": 1}
    assert {(each.year, each.revenue, each.employees) for each in years} == {
        (2024, Decimal(100000), 301), (2023, Decimal(80000), 290),
    }  # fmt: skip
    assert imports.undone(cast.anna, done.id).stage == "undone"
    assert imports.dump() == before


def test_T_X02_negative_amounts_stay_numbers(cast: Cast, tmp_path: Path) -> None:
    rows = [["2023", "80000", "-5.00"]]
    path = imports.written(tmp_path, ("年度", "营业收入", "利润总额"), rows, "xlsx")
    assert imports.imported(cast.anna, "assets", path).counts == {"new": 1}
    query = select(m.AssetYear.total_profit).where(m.AssetYear.year == 2023)
    assert session.scalar(query) == Decimal(-5)


def test_wrong_years_and_amounts_are_faults(cast: Cast, tmp_path: Path) -> None:
    rows = [["1999", "1", "1", ""], ["二〇", "1", "1", ""], ["2023", "1", "半个", "私章"]]
    batch_id = imports.uploaded(cast.anna, "assets", imports.written(tmp_path, ASSETS, rows))
    assert {row: [text.split(":")[0] for text in texts] for row, texts in imports.said(batch_id).items()} == {
        2: ["year"], 3: ["year"], 4: ["statement_seal", "employees"],
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["products", "assets"])
def test_export_import_export_is_byte_for_byte_the_same(
    cast: Cast, numbers: list[str], tmp_path: Path, kind: str
) -> None:
    row = ["示例锂电池", "=X-1", "实物产品", a_class(), "1200.5", f"{numbers[1]}:100", numbers[0]]
    imports.imported(cast.anna, "products", imports.written(tmp_path, PRODUCT, [row]))
    first = imports.exported(cast.anna, kind)
    for model in (m.Product, m.AssetYear):
        for each in session.scalars(select(model).where(model.unit_id == cast.anna.unit_id)):
            session.delete(each)
    session.commit()
    path = tmp_path / "again.csv"
    path.write_bytes(first)

    assert imports.imported(cast.anna, kind, path).counts == {"new": 1}
    assert imports.exported(cast.anna, kind) == first
