"""Checks of what is filled in about the product: rules 6, 17 to 20, 26 to 28."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.filing.filing import END, GOODS, INTERMEDIATE, SERVICE, Duplicate, Filing
from app.domain.filing.registry import Hit, check
from app.domain.filing.variants import Identity, models, same_product, several_models, several_series
from app.domain.normal import InputError, clean, has_control, is_blank, name_key
from app.domain.patent_number import parse
from app.domain.phrases import listed
from app.domain.text import N_, Name

_REQUIRED = {
    "name": N_("产品名称"),
    "nature": N_("产品性质"),
    "class_code": N_("产品分类"),
    "industry_code": N_("产业分类"),
    "takes_part": N_("是否参与认定"),
    "introduction": N_("产品简介"),
    "output_value": N_("产值"),
    "volume": N_("销售量"),
    "volume_unit": N_("销售量单位"),
    "profit": N_("利润总额"),
}
_TEXTS = ("name", "model", "models_reason", "volume_unit", "introduction")
#: Divisions of GB/T 4754-2017 by what they mostly make: sections A to D goods, I also software, which is a product.
_GOODS_DIVISIONS = frozenset(range(1, 47))
_BOTH_DIVISIONS = frozenset({5, 43, 44, 45, 46, 63, 64, 65})


@check(*_REQUIRED, fills=("field",))
def required_fields(filing: Filing) -> Iterator[Hit]:
    """6: every field with an asterisk; model (18) and sales (9) have rules of their own."""
    for name, label in _REQUIRED.items():
        value = getattr(filing, name)
        if value is None or (isinstance(value, str) and is_blank(value)) or _is_mere_signs(name, value):
            yield Hit(name, {"field": label})


@check("stage")
def stage_of_goods(filing: Filing) -> Iterator[Hit]:
    """6: goods are either intermediate materials or end products."""
    if filing.nature == GOODS and not filing.stage:
        yield Hit("stage")


@check(*_TEXTS)
def control_characters(filing: Filing) -> Iterator[Hit]:
    """6: characters nobody sees and databases refuse."""
    yield from (Hit(name) for name in _TEXTS if has_control(getattr(filing, name)))


@check("model")
def model_present(filing: Filing) -> Iterator[Hit]:
    """18: the model, or 无."""
    if is_blank(filing.model):
        yield Hit("model")


@check("models_reason", fills=("count",))
def models_reason_present(filing: Filing) -> Iterator[Hit]:
    """17: several models need the reason why they are one product."""
    if several_models(filing.model) and is_blank(filing.models_reason):
        yield Hit("models_reason", {"count": len(models(filing.model))})


@check("models_reason", fills=("length",))
def models_reason_short(filing: Filing) -> Iterator[Hit]:
    """17: a reason of a word or two explains nothing."""
    length = len(clean(filing.models_reason))
    shortest = filing.limits.models_reason_min
    if several_models(filing.model) and 0 < length < shortest:
        yield Hit("models_reason", {"length": shortest})


@check("model")
def models_of_several_series(filing: Filing) -> Iterator[Hit]:
    """17: P80, P80mini and P80plus are three products."""
    if several_series(filing.model):
        yield Hit("model")


@check("class_code")
def class_is_leaf(filing: Filing) -> Iterator[Hit]:
    """19: a class at the end of the tree."""
    if filing.class_code and filing.class_is_leaf is False:
        yield Hit("class_code")


@check("class_code", fills=("name",))
def class_nature(filing: Filing) -> Iterator[Hit]:
    """19: goods under goods, services under services."""
    if filing.nature and filing.class_nature and filing.nature != filing.class_nature:
        yield Hit("class_code", {"name": _class(filing)})


@check("class_code", fills=("name",))
def intermediate_under_end(filing: Filing) -> Iterator[Hit]:
    """19: no intermediate material under an end product."""
    if filing.stage == INTERMEDIATE and filing.class_stage == END and not filing.limits.intermediate_as_end:
        yield Hit("class_code", {"name": _class(filing)})


@check("class_code", fills=("name",))
def end_under_intermediate(filing: Filing) -> Iterator[Hit]:
    """19: the other way round, which the manual does not name."""
    if filing.stage == END and filing.class_stage == INTERMEDIATE:
        yield Hit("class_code", {"name": _class(filing)})


@check("industry_code")
def industry_is_leaf(filing: Filing) -> Iterator[Hit]:
    """20: a class of four digits of GB/T 4754-2017."""
    code = clean(filing.industry_code)
    four_digits = len(code) == 4 and code.isascii() and code.isdigit()
    if code and (not four_digits or filing.industry_is_leaf is False):
        yield Hit("industry_code")


@check("industry_code", fills=("name",))
def industry_fits_nature(filing: Filing) -> Iterator[Hit]:
    """20: goods come from sections A to D (software from I), services from the others."""
    code = clean(filing.industry_code)[:2]
    if not (code.isascii() and code.isdigit()) or int(code) in _BOTH_DIVISIONS:
        return
    expected = GOODS if int(code) in _GOODS_DIVISIONS else SERVICE
    if filing.nature and filing.nature != expected:
        yield Hit("industry_code", {"name": _industry(filing)})


@check("name", fills=("unit", "name", "why"))
def filed_by_another_unit(filing: Filing) -> Iterator[Hit]:
    """26: the same product by another unit."""
    yield from _duplicates(filing, own=False)


@check("name", fills=("unit", "name", "why"))
def filed_by_same_unit(filing: Filing) -> Iterator[Hit]:
    """27: the same product by the same unit; only colour, size or configuration differ."""
    yield from _duplicates(filing, own=True)


@check("takes_part", fills=("year", "expected"))
def recognition_year(filing: Filing) -> Iterator[Hit]:
    """28: who takes part in recognition files the data of the year before."""
    if filing.takes_part and filing.year is not None and filing.year != filing.data_year:
        yield Hit("takes_part", {"year": filing.year, "expected": filing.data_year})


@check("takes_part")
def takes_no_part(filing: Filing) -> Iterator[Hit]:
    """28: without taking part there is no recognition later."""
    if filing.takes_part is False:
        yield Hit("takes_part")


def _is_mere_signs(name: str, value: object) -> bool:
    """Whether a product's name holds no letter at all."""
    return name == "name" and not name_key(str(value))


def _class(filing: Filing) -> Name:
    return Name(filing.class_name or filing.class_code, filing.class_name_en)


def _industry(filing: Filing) -> Name:
    return Name(filing.industry_name or filing.industry_code, filing.industry_name_en)


def _duplicates(filing: Filing, own: bool) -> Iterator[Hit]:
    mine = Identity(filing.name, filing.model, filing.class_code, _numbers(filing.core_numbers))
    near = filing.limits.duplicate_similarity
    for other in filing.duplicates:
        if other.own is own and (why := same_product(mine, _identity(other), own, near)):
            yield Hit("name", {"unit": other.unit_name, "name": other.name, "why": listed(why)})


def _identity(other: Duplicate) -> Identity:
    return Identity(other.name, other.model, other.class_code, _numbers(other.patents))


def _numbers(texts: frozenset[str] | tuple[str, ...]) -> frozenset[str]:
    """The numbers in their compact form; what is no number stays as typed."""
    return frozenset(map(_compact, texts))


def _compact(text: str) -> str:
    try:
        return parse(text).compact
    except InputError:
        return clean(text)
