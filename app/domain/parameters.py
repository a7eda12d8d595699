"""Figures and patterns that are assumed [A], so that an administrator can change them in the running system.

Each has a name, a default whose type is the parameter's type, bounds, and a sentence that says what it is for.
What operators set when they install (addresses, keys, time-outs) is in ``config.py``, not here.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from decimal import Decimal, InvalidOperation

from app.domain.normal import InputError
from app.domain.text import N_, Message

Value = int | str | bool | Decimal | time


@dataclass(frozen=True)
class Parameter:
    """One changeable value: ``read`` turns the stored text into it."""

    name: str
    default: Value
    label: Message
    low: Decimal | int | None = None
    high: Decimal | int | None = None
    pattern_fields: frozenset[str] = frozenset()

    @property
    def default_text(self) -> str:
        """The default as it is stored."""
        return write(self.default)

    def read(self, text: str) -> Value:
        """The value written in ``text``; InputError says what to write where it is not one."""
        value = _READERS[type(self.default)](text.strip())
        if self.low is not None and isinstance(value, int | Decimal) and value < self.low:
            raise InputError(N_("不能小于 {low}", low=self.low))
        if self.high is not None and isinstance(value, int | Decimal) and value > self.high:
            raise InputError(N_("不能大于 {high}", high=self.high))
        if self.pattern_fields and isinstance(value, str):
            _check_pattern(value, self.pattern_fields)
        return value


def write(value: Value) -> str:
    """A value as text: what :meth:`Parameter.read` reads back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)


def _read_bool(text: str) -> bool:
    folded = text.lower()
    if folded in ("true", "1", "yes", "是"):
        return True
    if folded in ("false", "0", "no", "否"):
        return False
    raise InputError(N_("请填写 true 或 false"))


def _read_int(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", text):
        raise InputError(N_("请填写整数"))
    return int(text)


def _read_decimal(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise InputError(N_("请填写数字")) from None
    if not value.is_finite():
        raise InputError(N_("请填写数字"))
    return value


def _read_time(text: str) -> time:
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise InputError(N_("请按 17:30 的形式填写时间"))
    return time.fromisoformat(text)


def _read_text(text: str) -> str:
    if not text:
        raise InputError(N_("不能为空"))
    return text


_READERS: dict[type, Callable[[str], Value]] = {
    bool: _read_bool, int: _read_int, Decimal: _read_decimal, time: _read_time, str: _read_text,
}  # fmt: skip

_FORMAT = re.compile(r"0[1-9]d")


def _check_pattern(pattern: str, fields: frozenset[str]) -> None:
    """A number's pattern may hold only known fields, must count ({seq:06d}) and must not begin a series anew by chance."""
    try:
        parts = [
            (name, spec or "", conv)
            for _, name, spec, conv in string.Formatter().parse(pattern)
            if name is not None
        ]
    except ValueError:
        raise InputError(N_("花括号不成对")) from None
    names = [name for name, _, _ in parts]
    unknown = sorted(set(names) - fields)
    if unknown:
        raise InputError(N_("不认识的占位符：{names}", names="、".join(unknown)))
    if names.count("seq") != 1:
        raise InputError(N_("编号规则必须含有一个流水号，如 {example}", example="{seq:06d}"))
    for name, spec, conversion in parts:
        if conversion or not (spec == "" or (name == "seq" and _FORMAT.fullmatch(spec))):
            raise InputError(N_("占位符 {name} 的写法不对", name=name))


_DATED = frozenset({"year", "seq"})

_ALL = (
    # numbers (domain.md §2)
    Parameter("filing_number_pattern", "ZLCP{year}{province2}{seq:06d}",
              N_("备案编号规则：year 年份，province2 省级代码前两位，seq 流水号"),
              pattern_fields=frozenset({"year", "province2", "seq"})),
    Parameter("certificate_number_pattern", "ZLMJ{year}{seq:06d}", N_("认定证书编号规则：year 年份，seq 流水号"),
              pattern_fields=_DATED),
    Parameter("receipt_number_pattern", "SL{date}{seq:05d}", N_("受理号规则：date 受理日期，year 年份，seq 流水号"),
              pattern_fields=frozenset({"date", "year", "seq"})),
    Parameter("objection_number_pattern", "YY{date}{seq:05d}", N_("异议和线索受理号规则：date 受理日期，year 年份，seq 流水号"),
              pattern_fields=frozenset({"date", "year", "seq"})),
    # working days (manual: real-name 1–2, filing 3–5, public notice 10)
    Parameter("realname_due_days", 2, N_("实名认证的办理时限（工作日）"), 1, 60),
    Parameter("change_due_days", 2, N_("名称或信用代码变更的办理时限（工作日）"), 1, 60),
    Parameter("filing_due_days", 5, N_("产品备案的办理时限（工作日）"), 1, 60),
    Parameter("update_due_days", 5, N_("年度更新的办理时限（工作日）"), 1, 60),
    Parameter("revocation_due_days", 5, N_("撤销备案的办理时限（工作日）"), 1, 60),
    Parameter("notice_days", 10, N_("公示期（工作日）"), 1, 60),
    Parameter("submissions_per_day", 10, N_("同一事项一天内至多提交几次"), 1, 1000),
    Parameter("objection_due_days", 10, N_("异议和线索的办理时限（工作日）"), 1, 120),
    Parameter("urge_after_days", 1, N_("超过办理时限几个工作日后，单位可以催办"), 0, 60),
    Parameter("urge_again_hours", 24, N_("两次催办至少间隔的小时数"), 1, 720),
    Parameter("claim_hours", 24, N_("审核员领取后多少小时未办结，案件可由他人接手"), 1, 720),
    # further information in a round of recognition
    Parameter("supplement_first_reminder", 7, N_("补充信息截止前几天第一次提醒"), 1, 90),
    Parameter("supplement_reminder_days", 3, N_("补充信息截止前最后几天每天提醒（含截止日）"), 0, 30),
    Parameter("supplement_files_min", 1, N_("补充信息的每个方面至少几份证明材料"), 0, 10),
    # recognition: what a new round begins with
    Parameter("supplement_days", 45, N_("新建批次时，补充信息截止日期比备案截止日期晚几天"), 1, 365),
    Parameter("evaluators", 2, N_("新建批次时，每个产品由几名评审人员评分"), 1, 20),
    # evaluation
    Parameter("evaluation_spread", 20, N_("各评审人评分的最大差距达到专家评分满分的百分之几时提示"), 1, 100),
    # files
    Parameter("import_max_rows", 100_000, N_("批量导入一次最多的行数"), 1, 1_000_000),
    Parameter("import_undo_days", 30, N_("批量导入后可以撤销的天数"), 1, 365),
    Parameter("upload_max_mib", 20, N_("单个上传文件的上限（MiB）"), 1, 500),
    Parameter("picture_max_mib", 5, N_("单张产品图片的上限（MiB）"), 1, 100),
    Parameter("import_max_mib", 64, N_("导入表格文件的上限（MiB）"), 1, 2048),
    Parameter("unit_quota_mib", 2048, N_("一个单位全部文件的上限（MiB）"), 10, 1_048_576),
    Parameter("uploads_per_day", 100, N_("一个单位每天上传文件的上限（个）"), 1, 100_000),
    Parameter("pdf_max_pages", 500, N_("上传的 PDF 页数上限"), 1, 10_000),
    # exports
    Parameter("export_at_once", 10_000, N_("超过多少条的导出转为后台任务"), 1, 50_000),
    Parameter("export_days", 7, N_("后台导出的文件保存几天"), 1, 365),
    # one-time codes (abuse.md A)
    Parameter("code_minutes", 5, N_("验证码的有效时间（分钟）"), 1, 60),
    Parameter("code_tries", 5, N_("一个验证码可以试几次"), 1, 20),
    Parameter("codes_per_address_day", 10, N_("同一手机号或邮箱每天可收验证码的条数"), 1, 1000),
    Parameter("codes_per_ip_day", 50, N_("同一网络地址每天可发验证码的条数"), 1, 100_000),
    Parameter("codes_per_day", 20_000, N_("全系统每天可发验证码的条数"), 1, 10_000_000),
    # objections and tips from the public (abuse.md T-V06)
    Parameter("objections_per_address_day", 5, N_("同一网络地址每天可提交的异议和线索件数"), 1, 1000),
    Parameter("objections_per_day", 2000, N_("全系统每天可受理的异议和线索件数"), 1, 1_000_000),
    Parameter("objection_min", 10, N_("异议和线索的内容至少几个字"), 1, 1000),
    # recognition
    Parameter("expiry_reminder_days", 30, N_("认定到期前多少天提醒单位"), 1, 365),
    # what the checker compares with (filing rules 10, 14, 17, 26)
    Parameter("title_similarity", Decimal("0.90"), N_("产品名称与专利名称的相似度达到多少时提示"), 0, 1),
    Parameter("duplicate_similarity", Decimal("0.90"), N_("两个产品名称的相似度达到多少时提示可能重复"), 0, 1),
    Parameter("sales_share_warning", Decimal("0.95"), N_("产品销售额占单位营业收入的比例超过多少时提示"), 0, 1),
    Parameter("models_reason_min", 10, N_("多个型号的理由至少几个字"), 0, 500),
    Parameter("introduction_min", 30, N_("产品简介至少几个字"), 0, 2000),
    Parameter("introduction_max", 1000, N_("产品简介至多几个字"), 50, 20_000),
    Parameter("intermediate_as_end", False, N_("允许把中间材料归入终端产品类别")),
    # programs
    Parameter("token_requests_per_minute", 600, N_("每个访问令牌每分钟可调用接口的次数"), 1, 100_000),
    # pages
    Parameter("batch_limit", 100, N_("一次批量操作至多几条"), 1, 1000),
    Parameter("small_cell", 3, N_("公开统计中单元格少于几个单位时不显示金额"), 1, 50),
)  # fmt: skip

#: every parameter by its name
PARAMETERS: dict[str, Parameter] = {parameter.name: parameter for parameter in _ALL}
