"""What codes are called in tables, in both languages; as in the pages (``web.labels``)."""

from __future__ import annotations

from app.domain import actor as roles
from app.domain.text import Name
from app.services.imports.targets import Words

OBTAINED: Words = {
    "own": Name("自主申请", "Own application"), "assigned": Name("受让", "Assigned"),
    "licensed": Name("许可", "Licensed"), "contributed": Name("作价入股", "Contributed as capital"),
}  # fmt: skip
LICENCES: Words = {
    "exclusive": Name("独占许可", "Exclusive licence"), "sole": Name("排他许可", "Sole licence"),
    "ordinary": Name("普通许可", "Ordinary licence"),
}  # fmt: skip
NATURES: Words = {
    "goods": Name("实物产品", "Physical product"),
    "service": Name("技术服务", "Technical service"),
}
STAGES: Words = {
    "intermediate": Name("中间材料", "Intermediate material"),
    "end": Name("终端产品", "End product"),
}
SEALS: Words = {
    "auditor": Name("审计单位章", "Auditor's seal"),
    "unit_finance": Name("单位财务章", "Unit's finance seal"),
}
PATENT_KINDS: Words = {
    "invention": Name("发明", "Invention"), "utility_model": Name("实用新型", "Utility model"),
    "design": Name("外观设计", "Design"),
}  # fmt: skip
LEGAL_STATES: Words = {
    "pending": Name("审中", "Pending"),
    "valid": Name("有权", "In force"),
    "lapsed": Name("失效", "Lapsed"),
}
DAY_KINDS: Words = {"rest": Name("休", "Rest"), "work": Name("班", "Work")}
ROLES: Words = {
    roles.UNIT: Name("备案单位", "Filing unit"), roles.REVIEWER: Name("审核员", "Reviewer"),
    roles.RECOGNITION_OFFICER: Name("认定专员", "Recognition officer"),
    roles.IP_OFFICE: Name("知识产权管理部门", "IP administration department"), roles.AUDITOR: Name("审计员", "Auditor"),
    roles.ADMIN: Name("系统管理员", "Administrator"),
}  # fmt: skip
