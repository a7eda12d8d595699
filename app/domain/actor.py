"""Who acts: a plain value that services, policies and the audit trail are given."""

from __future__ import annotations

from dataclasses import dataclass

PUBLIC = "Public"
UNIT = "Unit"
REVIEWER = "Reviewer"
RECOGNITION_OFFICER = "RecognitionOfficer"
IP_OFFICE = "IPOffice"
AUDITOR = "Auditor"
ADMIN = "Admin"
ROLES = (PUBLIC, UNIT, REVIEWER, RECOGNITION_OFFICER, IP_OFFICE, AUDITOR, ADMIN)
STAFF = frozenset({REVIEWER, RECOGNITION_OFFICER, ADMIN})


@dataclass(frozen=True)
class Actor:
    """A signed-in user, an anonymous visitor (``user_id`` None) or the system itself.

    ``unit_id`` is set for users of a filing unit, ``region_code`` (GB/T 2260, six digits) for an IP office.
    """

    user_id: int | None
    name: str
    roles: frozenset[str]
    unit_id: int | None = None
    region_code: str | None = None
    is_system: bool = False

    def has(self, *roles: str) -> bool:
        """Whether the actor has at least one of ``roles``."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_staff(self) -> bool:
        """Reviewers, recognition officers and administrators."""
        return not self.roles.isdisjoint(STAFF)

    @classmethod
    def system(cls, name: str = "system") -> Actor:
        """Jobs and commands: not bound to rows, named in the audit trail."""
        return cls(None, name, frozenset(), is_system=True)

    @classmethod
    def anonymous(cls) -> Actor:
        """A visitor who is not signed in."""
        return cls(None, "anonymous", frozenset({PUBLIC}))
