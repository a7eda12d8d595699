"""The documents whose HTML staff may change in the running system: what each may say, judged and tried before it is kept."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError

from app.documents import certificates, forms, pdf, recognition_certificate, template_examples
from app.documents.certificates import FilingCertificate
from app.documents.forms import CommitmentForm
from app.documents.recognition_certificate import RecognitionCertificate
from app.documents.template_markup import Markup, marked
from app.documents.template_words import CODE, DATE, LIST, NAMES, NUMBER, TEXT, TIME, Fault, Judge
from app.domain.clock import utc_now
from app.domain.errors import Problem, RuleError
from app.domain.text import N_, Message

FIELD = "html"
MOST_CHARACTERS = 60_000
_MOST_FAULTS = 20
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
#: what every template may use
_EVERYWHERE = {
    "serif": TEXT, "sans": TEXT, "language": TEXT, "pages": NUMBER,
}  # fmt: skip
_PATENT = {"number": TEXT, "title": TEXT, "kind": CODE}


@dataclass(frozen=True)
class Variable:
    """What a template may show: its name, what it is, and whether the document is worth nothing without it."""

    name: str
    kind: str
    meaning: Message
    needed: bool = False


@dataclass(frozen=True)
class Editable:
    """A document by its code, with the file of its built-in template."""

    code: str
    title: Message
    file: str
    variables: tuple[Variable, ...]
    languages: tuple[str, ...] = ("zh",)

    def built_in(self) -> str:
        """The template that comes with the platform."""
        return (pdf.TEMPLATES / self.file).read_text(encoding="utf-8")


_SITE = (
    Variable("data.site_name", TEXT, N_("平台名称")),
    Variable("data.organiser", TEXT, N_("主办单位名称")),
)
_PATENTS = (
    Variable(
        "data.patents",
        LIST,
        N_("关联专利，用 for 逐件输出：patent.number 专利号、patent.title 名称、kinds[patent.kind] 类型"),
    ),
    Variable("kinds", NAMES, N_("专利类型的名称，用法为 kinds[patent.kind]")),
    Variable("qr", TEXT, N_('二维码，用法为 <img src="{{{{ qr }}}}" width="158" height="158">'), needed=True),
)
_RECOGNITION = Editable(
    recognition_certificate.CODE, N_("专利密集型产品认定证书"), recognition_certificate.BUILT_IN,
    (
        Variable("data.number", TEXT, N_("证书编号"), needed=True),
        Variable("data.product_name", TEXT, N_("产品名称"), needed=True),
        Variable("data.model", TEXT, N_("规格型号")),
        Variable("data.unit_name", TEXT, N_("单位名称"), needed=True),
        Variable("data.year", NUMBER, N_("认定年度")),
        Variable("data.issued_on", DATE, N_("颁发日期，用法为 data.issued_on|day")),
        Variable("data.valid_until", DATE, N_("有效期截止日，用法为 data.valid_until|day"), needed=True),
        Variable("data.patent_count", NUMBER, N_("关联专利件数")),
        *_PATENTS,
        Variable("data.address", TEXT, N_("核验网址，与二维码内容相同")),
        *_SITE,
    ),
)  # fmt: skip
_FILING = Editable(
    "filing_certificate", N_("专利产品备案证明"), "filing_certificate.html",
    (
        Variable("data.filing_no", TEXT, N_("备案号"), needed=True),
        Variable("data.product_name", TEXT, N_("产品名称"), needed=True),
        Variable("data.model", TEXT, N_("规格型号")),
        Variable("data.unit_name", TEXT, N_("备案单位"), needed=True),
        Variable("data.filing_year", NUMBER, N_("备案年度")),
        Variable("data.updated_year", NUMBER, N_("更新年度")),
        Variable("data.data_year", NUMBER, N_("数据年度")),
        *_PATENTS,
        Variable("data.verification_url", TEXT, N_("核验网址，与二维码内容相同")),
        Variable("now", TIME, N_("下载时间，用法为 now|moment"), needed=True),
        *_SITE,
    ),
    ("zh", "en"),
)  # fmt: skip
_COMMITMENT = Editable(
    "commitment_form", N_("诚信承诺书"), "commitment_form.html",
    (
        Variable("data.unit_name", TEXT, N_("单位名称"), needed=True),
        Variable("data.uscc", TEXT, N_("统一社会信用代码"), needed=True),
        Variable("data.legal_representative", TEXT, N_("法定代表人（负责人）")),
        Variable("data.site_name", TEXT, N_("平台名称")),
        Variable("today", DATE, N_("生成日期，用法为 today|day")),
        Variable("form_id", TEXT, N_("表单编号"), needed=True),
        Variable("digest", TEXT, N_("模板的校验值，单位改动文字后可据此发现"), needed=True),
    ),
    ("zh", "en"),
)  # fmt: skip
EDITABLE: dict[str, Editable] = {each.code: each for each in (_RECOGNITION, _FILING, _COMMITMENT)}
#: variables of every template, for the list beside the editor
COMMON = (
    Variable("pages", NUMBER, N_("总页数；当前页码写 <pdf:pagenumber>")),
    Variable("serif", TEXT, N_("宋体字体，只用在样式 font-family 中")),
    Variable("sans", TEXT, N_("黑体字体，只用在样式 font-family 中")),
    Variable("language", TEXT, N_("文件的语言：zh 或 en")),
)


def normal(html: str) -> str:
    """A template as it is kept: line ends of one kind, none missing at the end."""
    return html.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"


def examined(code: str, html: str) -> None:
    """Judge a template by reading it; RuleError with every fault and its line."""
    found = _faults(EDITABLE[code], html)
    if found:
        shown = sorted(dict.fromkeys(found), key=lambda fault: fault[0])[:_MOST_FAULTS]
        raise RuleError([Problem(FIELD, _at(line, message)) for line, message in shown])


def _at(line: int, message: Message) -> Message:
    return N_("第 {line} 行：{fault}", line=line, fault=message) if line else message


def _faults(document: Editable, html: str) -> list[Fault]:
    if len(html) > MOST_CHARACTERS:
        return [
            (0, N_("模板过长：最多 {most} 个字符，现有 {count} 个", most=MOST_CHARACTERS, count=len(html)))
        ]
    if control := _CONTROL.search(html):
        line = html.count("\n", 0, control.start()) + 1
        return [(line, N_("模板中有不可见的控制字符，请删除"))]
    environment = pdf.environment("zh")
    try:
        tree = environment.parse(html)
        text, expressions = marked(environment, html)
        markup = Markup(text, expressions, environment)
    except TemplateSyntaxError as error:
        return [(error.lineno, N_("模板语法不对：{why}", why=(error.message or "")[:200]))]
    known = {variable.name: variable.kind for variable in document.variables}
    judge = Judge(known | _EVERYWHERE, _PATENT)
    judge.body(tree.body)
    missing = [
        variable for variable in document.variables if variable.needed and variable.name not in judge.used
    ]
    return [
        *judge.faults,
        *markup.faults(),
        *((0, N_("模板中缺少必需的变量 {name}（{what}）", name=v.name, what=v.meaning)) for v in missing),
    ]


def preview(code: str, html: str, language: str = "zh") -> bytes:
    """The document with example data from a template that is not kept; RuleError with what is wrong with it."""
    examined(code, html)
    document = EDITABLE[code]
    spoken = language if language in document.languages else document.languages[0]
    return _tried(document, html, template_examples.SHORT[code](), spoken)


def accepted(code: str, html: str) -> None:
    """Judge a template and try it in every language, with short data and with long; RuleError with what is wrong."""
    examined(code, html)
    document, short = EDITABLE[code], template_examples.SHORT[code]()
    for language in document.languages:
        _expect_shown(document, short, _tried(document, html, short, language))
    _tried(document, html, template_examples.LONG[code](), document.languages[0])


def _expect_shown(document: Editable, data: Any, content: bytes) -> None:
    """A sheet that hides its names would pass every rule: the PDF's text is read back."""
    from pypdf import PdfReader

    pages = PdfReader(io.BytesIO(content)).pages
    text = "".join("".join(page.extract_text().split()) for page in pages)
    names = [v for v in document.variables if v.needed and v.kind == TEXT and v.name.startswith("data.")]
    hidden = [v for v in names if "".join(str(getattr(data, v.name[5:])).split()) not in text]
    if hidden:
        raise RuleError([Problem(FIELD, N_("生成的 PDF 中没有显示{what}", what=v.meaning)) for v in hidden])


def _tried(document: Editable, html: str, data: Any, language: str) -> bytes:
    from reportlab.platypus.doctemplate import LayoutError
    from xhtml2pdf.w3c.cssParser import CSSParseError

    try:
        content = _DRAWN[document.code](data, language, html)
    # what staff typed may stop the layout in as many ways as it has parts; each is a fault of the template
    except (CSSParseError, LayoutError, TemplateError, ArithmeticError, AssertionError, AttributeError, LookupError,
            RecursionError, TypeError, ValueError) as error:  # fmt: skip
        why = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise RuleError([Problem(FIELD, N_("用示例数据生成 PDF 失败：{why}", why=why))]) from error
    return content


def _filing(data: FilingCertificate, language: str, html: str) -> bytes:
    return certificates.filing_certificate(data, utc_now(), language, html)


def _commitment(data: CommitmentForm, language: str, html: str) -> bytes:
    return forms.commitment_form(data, utc_now(), language, html)


def _recognition(data: RecognitionCertificate, _language: str, html: str) -> bytes:
    return recognition_certificate.laid_out(data, html)


_DRAWN: dict[str, Callable[[Any, str, str], bytes]] = {
    _RECOGNITION.code: _recognition,
    _FILING.code: _filing,
    _COMMITMENT.code: _commitment,
}
