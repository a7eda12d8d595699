"""Verifying certificates: online with our records, or offline with the public keys and the list of revocations alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app import models as m
from app.db import session
from app.documents import signed_pdf, signing
from app.documents.signed_pdf import ALTERED, INTACT, OTHER_SIGNER, UNSIGNED, PdfFinding
from app.domain.clock import BEIJING, local_date
from app.domain.errors import Problem, RuleError
from app.domain.normal import name_key
from app.domain.recognition import verdict
from app.domain.recognition.statement import (
    BadList,
    PublicKey,
    Revocations,
    read_revocations,
    sign_revocations,
)
from app.domain.recognition.verdict import Finding, judge, token_in
from app.domain.text import N_, Message
from app.services.recognition import keys

_PDF_WORDS: dict[str, Message] = {
    INTACT: N_("PDF 签名有效，签名后没有改动"),
    ALTERED: N_("PDF 文件在签名后被改动过，或已损坏：请勿采信"),
    UNSIGNED: N_("PDF 文件没有签名：不是签发的原件"),
    OTHER_SIGNER: N_("PDF 文件由其他签名者签名，不是本平台签发的原件：请勿采信"),
}


@dataclass(frozen=True)
class Trust:
    """What somebody who verifies knows: the keys, the certificates that sign PDF files, the revocations."""

    keys: Mapping[str, PublicKey]
    signers: Sequence[str] = ()
    revocations: Revocations | None = None

    @classmethod
    def own(cls, now: datetime) -> Trust:
        """What our own database knows."""
        query = select(m.SigningKey.public).where(m.SigningKey.kind == signing.DOCUMENT)
        return cls(keys.statement_keys(), list(session.scalars(query)), Revocations(now, revoked()))

    @classmethod
    def of_file(cls, path: Path) -> Trust:
        """What a file from ``/v/keys.json`` says."""
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))["keys"]
            known = {row["id"]: _public_key(row) for row in rows if row["kind"] == signing.STATEMENT}
            signers = [row["public"] for row in rows if row["kind"] == signing.DOCUMENT]
        except (KeyError, TypeError, ValueError) as error:
            raise RuleError([Problem("keys", N_("不是公钥文件（/v/keys.json）"))]) from error
        return cls(known, signers)

    def with_list(self, path: Path) -> Trust:
        """The same with the list of revocations from a file, whose signature is checked."""
        try:
            found = read_revocations(json.loads(path.read_text(encoding="utf-8")), self.keys)
        except (BadList, ValueError) as error:
            problem = Problem("revocations", N_("吊销名单的签名不对，或不是吊销名单（/v/revocations.json）"))
            raise RuleError([problem]) from error
        return replace(self, revocations=found)


@dataclass(frozen=True)
class Answer:
    """What an offline verification found."""

    finding: Finding
    document: PdfFinding | None = None
    revocations: Revocations | None = None

    @property
    def holds(self) -> bool:
        """Whether the certificate may be relied on."""
        return self.finding.holds and (self.document is None or self.document.verdict == INTACT)

    @property
    def code(self) -> str:
        """The answer as a code: the document's where that is what is wrong."""
        if self.document is not None and self.document.verdict != INTACT:
            return self.document.verdict
        return self.finding.verdict

    def sentences(self) -> list[Message]:
        """The answer in words, the most important first."""
        lines = []
        if self.document is not None:
            lines.append(_PDF_WORDS[self.document.verdict])
        if self.document is None or self.document.verdict == INTACT:
            lines += [self.finding.title, self.finding.meaning, *_facts(self.finding)]
        if self.revocations is None:
            lines.append(N_("没有吊销名单：无法得知证书是否已被撤销"))
        elif self.finding.statement is not None:
            at = self.revocations.issued_at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M")
            lines.append(N_("吊销名单截至 {at}（北京时间）", at=at))
        return lines


def _facts(finding: Finding) -> list[Message]:
    said = finding.statement
    if said is None:
        return []
    facts = [
        N_("证书编号：{value}", value=said.number),
        N_("产品名称：{value}", value=said.product),
        N_("单位名称：{value}", value=said.unit),
        N_("认定年度：{value}", value=said.year),
        N_("有效期至：{value}", value=said.valid_until),
        N_("关联专利：{value} 件", value=said.patents),
    ]
    if finding.revoked_on is not None:
        facts.append(N_("撤销日期：{value}", value=finding.revoked_on))
    return facts


def check(what: str, trust: Trust, now: datetime, printed_number: str = "") -> Answer:
    """Verify a signed PDF, a text file or a text, with what ``trust`` knows and nothing else."""
    path = Path(what)
    content = path.read_bytes() if len(what) < 1024 and path.is_file() else what.encode()
    document = None
    if content.startswith(b"%PDF-"):
        document = signed_pdf.validate(content, trust.signers, now)
        text = document.address
    else:
        text = content[:4096].decode("utf-8", "replace")
    known = trust.revocations.revoked if trust.revocations else {}
    finding = judge(token_in(text), trust.keys, known, local_date(now), printed_number)
    return Answer(finding, document, trust.revocations)


def online(token: str, now: datetime, printed_number: str = "") -> tuple[Finding, m.Certificate | None]:
    """The answer for a token, and the certificate where there is one. The same is done whatever the token is, so that
    hits and misses take the same time (abuse.md T-V01)."""
    query = select(m.Certificate).where(m.Certificate.token == token).execution_options(unscoped=True)
    found = session.scalars(query).one_or_none()
    known = {found.number: found.revoked_on} if found is not None and found.revoked_on else {}
    finding = judge(token, keys.statement_keys(), known, local_date(now), printed_number)
    if found is None and finding.statement is not None:
        return Finding(verdict.UNKNOWN), None
    return finding, found if finding.statement is not None else None


def by_number(number: str, unit_name: str, now: datetime) -> tuple[Finding, m.Certificate | None]:
    """The answer where the code cannot be scanned: number and unit must both be right, or the certificate is unknown."""
    wanted = "".join(number.split()).upper()[:40]
    query = select(m.Certificate).where(m.Certificate.number == wanted).execution_options(unscoped=True)
    found = session.scalars(query).one_or_none()
    if found is None or name_key(found.unit_name) != name_key(unit_name):
        return Finding(verdict.UNKNOWN), None
    return online(found.token, now)


def revoked() -> dict[str, date]:
    """The revoked certificates: number → day."""
    query = select(m.Certificate.number, m.Certificate.revoked_on).where(
        m.Certificate.revoked_on.is_not(None)
    )
    return {
        number: day
        for number, day in session.execute(query.execution_options(unscoped=True))
        if day is not None
    }


def signed_revocations(now: datetime) -> dict[str, str]:
    """The list of revocations, dated now and signed with the key in use."""
    return sign_revocations(revoked(), now, signing.statement_key(keys.active(signing.STATEMENT).id))


def _public_key(row: Mapping[str, Any]) -> PublicKey:
    retired = row["retired_on"]
    return PublicKey(
        signing.public_statement_key(row["public"]), date.fromisoformat(retired) if retired else None
    )
