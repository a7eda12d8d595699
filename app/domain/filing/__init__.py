"""The checker of filings: rules as data, checks as a closed list of pure functions (mission D2, N1)."""

from app.domain.filing import (  # noqa: F401  (importing them registers their checks)
    checks_money,
    checks_name,
    checks_patents,
    checks_product,
    checks_text,
    checks_unit,
)
from app.domain.filing.check import Finding, blocking, check_filing
from app.domain.filing.filing import (
    Duplicate,
    EvidenceFile,
    Filing,
    FilingUnit,
    Limits,
    LinkedPatent,
    YearAssets,
)
from app.domain.filing.rules import Rule, RuleTableError, load_rules, reviewer_checklist

__all__ = [
    "Duplicate",
    "EvidenceFile",
    "Filing",
    "FilingUnit",
    "Finding",
    "Limits",
    "LinkedPatent",
    "Rule",
    "RuleTableError",
    "YearAssets",
    "blocking",
    "check_filing",
    "load_rules",
    "reviewer_checklist",
]
