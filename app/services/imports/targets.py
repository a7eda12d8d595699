"""What can be imported: a ``Target`` for each kind of record says which columns its table has and what a row does."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from app.db import session
from app.domain.actor import Actor
from app.domain.errors import DomainError, Problem, RuleError
from app.domain.text import N_, Name
from app.registers.tables import Headings

Words = Mapping[str, Name]
YES_NO: Words = {"true": Name("是", "Yes"), "false": Name("否", "No")}


@dataclass(frozen=True)
class Column:
    """A column of the template: its heading, other headings it is known by, the words its codes are written with, and
    whether no row can do without it."""

    name: str
    heading: Name
    others: tuple[str, ...] = ()
    words: Words = field(default_factory=dict)
    required: bool = False
    note: Name | None = None

    def code(self, text: str) -> str:
        """The code that a word, Chinese or English, stands for; RuleError where it is none."""
        if not self.words:
            return text
        folded = text.strip().lower()
        for code, word in self.words.items():
            if folded in (code.lower(), word.zh.lower(), word.en.lower()):
                return code
        known = "、".join(word.zh for word in self.words.values())
        message = N_(
            "“{text}”不是可用的值，请填写：{words}", text=text[:30], words=Name(known, self._english())
        )
        raise RuleError([Problem(self.name, message)])

    def _english(self) -> str:
        return ", ".join(word.en for word in self.words.values())

    def word(self, value: Any, *, english: bool) -> Any:
        """``value`` as a cell of an export holds it."""
        if value is None:
            return ""
        name = self.words.get(str(value).lower() if isinstance(value, bool) else str(value))
        if name is None:
            return value
        return name.english if english else name.zh


@dataclass
class Line:
    """A row to import: its number in the file, the filled cells by field, and the faults found so far."""

    number: int
    cells: dict[str, str]
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """What a row did: ``verdict`` new, change or same with its record, or faulty with its problems."""

    verdict: str
    record: Any = None
    problems: Sequence[Problem] = ()

    @classmethod
    def faulty(cls, problems: Iterable[Problem]) -> Outcome:
        """A row that cannot be taken."""
        return cls("faulty", problems=tuple(problems))


@dataclass(frozen=True)
class Context:
    """In whose name rows are taken, when, and what the table is called; ``notes`` are counts beside those of the rows.

    ``trying`` says that all will be rolled back: what can tell a row's outcome without writing need not write.
    """

    actor: Actor
    now: datetime
    title: str = ""
    english: bool = False
    trying: bool = False
    notes: dict[str, int] = field(default_factory=dict)


class Target(ABC):
    """A kind of record that can be imported. Its rows go through the same services as its forms: a check takes them, too,
    and is rolled back."""

    kind: ClassVar[str]
    columns: ClassVar[tuple[Column, ...]]
    #: rows taken at once, in one transaction; None: all, the table as a whole takes the place of what was there
    chunk: ClassVar[int | None] = 100
    #: whether what is there may be downloaded in the template's form
    shows_current: ClassVar[bool] = True
    #: tables of this kind, and columns of others that hold their keys without a foreign key
    used_by: ClassVar[Sequence[tuple[str, Any]]] = ()
    #: what is to be forgotten once rows were written or taken back, because it was made of them
    forget: ClassVar[Sequence[Callable[[], None]]] = ()

    @property
    def headings(self) -> Headings:
        """For reading tables: Chinese first."""
        return {c.name: (c.heading.zh, c.heading.en, *c.others) for c in self.columns}

    def column(self, name: str | None) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    @abstractmethod
    def key(self, cells: Mapping[str, str]) -> str | None:
        """What two rows of a table must not share; None where the row does not say."""

    @abstractmethod
    def take(self, lines: Sequence[Line], context: Context) -> list[Outcome]:
        """Write what the rows say, and tell row by row what that was; of one with faults already, find the others."""

    @abstractmethod
    def records(self, context: Context) -> Iterator[Sequence[Any]]:
        """What is there now, in the order of the columns: an export that can be imported again."""


class RowTarget(Target):
    """A kind whose rows each stand alone: one that is refused leaves nothing behind."""

    @abstractmethod
    def take_one(self, line: Line, context: Context) -> Outcome:
        """Write what a row says; DomainError where it is refused."""

    def take(self, lines: Sequence[Line], context: Context) -> list[Outcome]:
        """Each row on its own."""
        return [self._taken(line, context) for line in lines]

    def _taken(self, line: Line, context: Context) -> Outcome:
        try:
            with session.begin_nested() as kept:
                outcome = self.take_one(line, context)
                if line.problems:
                    kept.rollback()
                return outcome
        except RuleError as error:
            return Outcome.faulty(error.problems)
        except DomainError as error:
            return Outcome.faulty([Problem(None, error.message)])


def same(record: Any, values: Mapping[str, Any]) -> bool:
    """Whether a record holds these values already."""
    return all(getattr(record, name) == value for name, value in values.items())
