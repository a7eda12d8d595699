"""Templates that staff write (E7): what may stand in them, what is refused and at which line (T-P01 to T-P05, T-P07)."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.documents import editable
from app.documents.editable import EDITABLE
from app.domain.errors import RuleError
from tests.documents.samples import text_of

pytestmark = pytest.mark.usefixtures("fonts")
CODE = "recognition_certificate"
BUILT_IN = EDITABLE[CODE].built_in()
HEADING = "<h1>专利密集型产品认定证书</h1>"


def changed(old: str, new: str, code: str = CODE) -> str:
    built_in = EDITABLE[code].built_in()
    assert old in built_in
    return built_in.replace(old, new, 1)


def before_the_heading(piece: str) -> str:
    return changed(HEADING, f"{piece}\n{HEADING}")


def refusals(html: str, code: str = CODE) -> list[str]:
    """What is wrong with a template as it is read."""
    try:
        editable.examined(code, html)
    except RuleError as error:
        assert {problem.field for problem in error.problems} == {"html"}
        return [str(problem.message) for problem in error.problems]
    return []


@pytest.mark.parametrize("code", EDITABLE)
def test_what_is_built_in_is_accepted(code: str) -> None:
    editable.accepted(code, EDITABLE[code].built_in())


def test_a_changed_text_stands_in_the_preview_with_example_data() -> None:
    html = changed(
        HEADING, "<h1>{% if data.year > 2098 and data.patents|length == 3 %}某省认定证书{% endif %}</h1>"
    )
    text = text_of(editable.preview(CODE, html))
    assert "某省认定证书" in text and "示例动力电池液冷散热装置" in text


def test_each_fault_is_named_with_its_line() -> None:
    line = BUILT_IN[: BUILT_IN.index(HEADING)].count("\n") + 1
    found = refusals(before_the_heading("<p>\n{{ data.secret }}\n</p><script></script>"))
    assert [each.split("：")[0] for each in found] == [f"第 {line + 1} 行", f"第 {line + 2} 行"]
    assert "data.secret" in found[0] and "<script>" in found[1]


def test_what_a_certificate_is_worth_nothing_without_must_be_in_it() -> None:
    assert refusals(changed("{{ data.valid_until|day }}", "")) == [
        "模板中缺少必需的变量 data.valid_until（有效期截止日，用法为 data.valid_until|day）"
    ]
    with pytest.raises(RuleError, match="没有显示证书编号"):
        editable.accepted(CODE, changed("</head>", "<title>"))


@pytest.mark.parametrize(
    "piece",
    [
        '<img src="http://127.0.0.1/x.png">',
        '<img src="https://example.cn/x.png" width="1">',
        '<img src="file:///etc/passwd">',
        '<img src="../../../config.py">',
        '<img src="data:image/png;base64,AAAA">',
        '<img src="{{ data.model }}">',
        "<img>",
        '<link rel="stylesheet" href="x.css">',
        '<a href="file:///etc/passwd">x</a>',
        '<pdf:include src="x">',
        '<pdf:font name="x" src="x.ttf">',
        '<pdf:barcode value="x">',
        '<p style="background: url(x)">x</p>',
        '<p style="background-image: x.png">x</p>',
        '<p style="color: \\75rl">x</p>',
        "<style>@import 'x.css';</style>",
        "<style>@{{ language }} x;</style>",
        "<style>@font-face { src: x }</style>",
        "<style>p { color: {{ data.model }} }</style>",
        "<style>p { color: {{ '@import' }} }</style>",
        "<style>p { {% if pages %}color: red{% endif %} }</style>",
        "<style>p { color: red }",
        '<style>p { font-family: "SimSun" }</style>',
        "<style>p { color: red }}</style>",
        "<span color=\"[[[getattr(pow,Word('__globals__'))]]]\">x</span>",
        '<span style="color: [[[getattr(pow)]]]">x</span>',
        '<td bgcolor="[[[1 for x in [1]]]]">x</td>',
        '<td colspan="999999999">x</td>',
        '<p onclick="x">x</p>',
        "<p class=x>x</p>",
        "<p {{ data.model }}>x</p>",
        '<p {% if pages %}class="x"{% endif %}>x</p>',
        '<p class="{{ data.model }}">x</p>',
        "<script>x</script>",
        "<svg><style>x</style></svg>",
        "<!-- x -->",
        "<![CDATA[x]]>",
        "1 < 2",
    ],
)  # fmt: skip
def test_T_P01_to_P05_nothing_can_be_loaded_or_run(piece: str) -> None:
    assert refusals(before_the_heading(piece))


@pytest.mark.parametrize(
    "piece",
    [
        "{{ data.number.__class__ }}",
        "{{ data.__class__ }}",
        "{{ data['number'] }}",
        "{{ self }}",
        "{{ range(9) }}",
        "{{ ''.join(data.patents) }}",
        "{{ data.number.format() }}",
        "{{ 'x' * 999999999 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ data.number|attr('x') }}",
        "{{ data.number|center(999999999) }}",
        "{{ data.number|safe }}",
        "{{ data.number|day }}",
        "{{ data.patents }}",
        "{{ data.model > 1 }}",
        "{{ _('%(x)999999999d', x=data.year) }}",
        "{{ _('%(x)d', x=data.model) }}",
        "{{ _('%(y)s', x=data.model) }}",
        "{{ _('100%') }}",
        "{{ _(data.model) }}",
        "{% include 'commitment_form.html' %}",
        "{% extends 'commitment_form.html' %}",
        "{% import 'commitment_form.html' as x %}",
        "{% macro x() %}{{ x() }}{% endmacro %}",
        "{% set x = 1 %}",
        "{% filter upper %}x{% endfilter %}",
        "{% for a in data.patents recursive %}{{ loop(data.patents) }}{% endfor %}",
        "{% for a in 'xyz' %}x{% endfor %}",
        "{% for data in data.patents %}x{% endfor %}",
        "{% for a in data.patents %}{% for b in data.patents %}x{% endfor %}{% endfor %}",
        "{{ data.number",
        "{% if %}",
        "\x02",
    ],
)  # fmt: skip
def test_T_P07_what_could_run_long_or_reach_elsewhere_is_no_part_of_the_language(piece: str) -> None:
    assert refusals(before_the_heading(piece))


def test_T_P07_too_long_a_template_is_refused_before_anything_else() -> None:
    assert refusals("x" * (editable.MOST_CHARACTERS + 1)) == ["模板过长：最多 60000 个字符，现有 60001 个"]


def test_T_P07_1500_levels_are_refused_and_the_next_document_is_made() -> None:
    with pytest.raises(RuleError):
        editable.preview(CODE, before_the_heading("<div>" * 1500))
    assert editable.preview(CODE, BUILT_IN).startswith(b"%PDF-")


def test_a_layout_that_fails_is_a_fault_of_the_template() -> None:
    with pytest.raises(RuleError, match="用示例数据生成 PDF 失败"):
        editable.preview(CODE, changed("font-size: 27pt", "font-size: 270000pt"))


def test_the_english_document_comes_from_the_same_template() -> None:
    html = changed("{{ _('专利产品备案证明') }}</h1>", "{% if language == 'en' %}In English{% else %}中文{% endif %}</h1>",
                   "filing_certificate")  # fmt: skip
    assert "InEnglish" in text_of(editable.preview("filing_certificate", html, "en"))
    assert "中文" in text_of(editable.preview("filing_certificate", html))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(["<", ">", "<p", "<style>", "</style>", "<img", ' src="', '"', "{{", "}}", "{%", "%}", "{#", "#}", "qr",
                         "if", "for", " in ", "data", ".", "patents", "|", "(", ")", "\n", "@import", "url", "{", "}", "'"]),
        max_size=14,
    ).map("".join)
)  # fmt: skip
def test_whatever_is_typed_is_judged_and_never_fails(piece: str) -> None:
    refusals(before_the_heading(piece))
