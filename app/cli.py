"""Commands: ``flask --app run …``. Each runs in one transaction as the system, named in the audit trail."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import click
from flask import Flask, current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from app import audit
from app import models as m
from app.db import session, transaction
from app.domain.actor import ADMIN, AUDITOR, RECOGNITION_OFFICER, REVIEWER, Actor
from app.domain.clock import BEIJING, utc_now
from app.domain.errors import DomainError, Problem, RuleError
from app.registers import calendars, classifications, patents, reference
from app.services import accounts, checking, open_data, permissions, users
from app.services.background import Task
from app.services.recognition import expiry, keys, screening
from config import Settings, settings_markdown


class Commands(AppGroup):
    """Commands that say in a sentence what was refused, instead of showing a trace."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except RuleError as error:
            raise click.ClickException("\n".join(_problem(problem) for problem in error.problems)) from error
        except DomainError as error:
            raise click.ClickException(str(error.message)) from error
        except OperationalError as error:
            raise click.ClickException(
                f"the database cannot be used, run `flask --app run setup` first: {error.orig}"
            ) from error


def _problem(problem: Problem) -> str:
    return f"{problem.field}: {problem.message}" if problem.field else str(problem.message)


audit_group = Commands("audit", help="The audit trail.")
register_group = Commands("register", help="The patent register.")
classification_group = Commands("classification", help="Classifications.")
calendar_group = Commands("calendar", help="The working-day calendar.")
demo_group = Commands("demo", help="Demonstration data.")
filing_group = Commands("filing", help="Filings.")
user_group = Commands("user", help="Users.")
batch_group = Commands("batch", help="Rounds of recognition.")


def register(app: Flask, menu: dict[str, set[str]]) -> None:
    """Add the commands to the application; ``menu`` says which roles see which menu entries."""
    app.config["MENU_ROLES"] = menu
    for command in (setup, serve, work, settings_command, advance):
        app.cli.add_command(command)
    for group in (
        audit_group,
        register_group,
        classification_group,
        calendar_group,
        demo_group,
        filing_group,
        user_group,
        batch_group,
    ):
        app.cli.add_command(group)


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings


@click.command("setup")
@click.option("--no-demo", is_flag=True, help="No demonstration data.")
@with_appcontext
def setup(no_demo: bool) -> None:
    """Bring database, reference data and permissions up to date; on the first start load the demonstration data."""
    settings = _settings()
    _make_folder(settings)
    upgrade(directory=str(Path(__file__).parent / "migrations"))
    with transaction(Actor.system("setup")):
        reference.load_reference_data()
    with transaction(Actor.system("setup")):
        permissions.synchronise(current_app.appbuilder, current_app.config["MENU_ROLES"])  # type: ignore[attr-defined]
    if settings.production:
        with transaction(Actor.system("setup")):
            accounts.disable_demo_accounts()
        return
    with transaction(Actor.system("setup")):
        keys.init(keys.makers(settings.organiser, utc_now()), utc_now())
    if not no_demo:
        from app.services import demo  # only here: web processes need none of it

        if not demo.is_loaded():
            click.echo("Loading the demonstration data ...")
            demo.load(utc_now(), products=demo.DEFAULT_PRODUCTS)
            open_data.make(utc_now())
        _print_accounts(settings)


def _make_folder(settings: Settings) -> None:
    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)


def _print_accounts(settings: Settings) -> None:
    from app.services import demo

    click.echo(f"\n  {settings.base_url}\n\n  Demonstration accounts (password {demo.PASSWORD}):")
    for name, role in demo.ACCOUNTS:
        click.echo(f"    {name:<12} {role}")
    click.echo()


@click.command("serve")
@with_appcontext
def serve() -> None:
    """Serve the platform with gunicorn, and run its worker beside it; ends both together."""
    settings = _settings()
    if settings.production:  # a former trial may have left accounts whose password everybody knows (T-A12)
        with transaction(Actor.system("serve")):
            accounts.disable_demo_accounts()
    web = [
        sys.executable,
        "-m",
        "gunicorn",
        "run:app",
        "--bind",
        f"{settings.host}:{settings.port}",
        "--workers",
        str(settings.web_workers),
        "--threads",
        str(settings.web_threads),
        "--worker-class",
        "gthread",
        "--timeout",
        "60",
        "--graceful-timeout",
        "15",
        "--no-control-socket",
    ]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    worker = subprocess.Popen([sys.executable, "-m", "flask", "--app", "run", "work"])
    server = subprocess.Popen(web)  # noqa: S603 (our own command)
    try:
        sys.exit(server.wait())
    except KeyboardInterrupt:
        sys.exit(0)
    finally:
        for process in (server, worker):
            process.terminate()
        for process in (server, worker):
            process.wait(20)


@click.command("work")
@with_appcontext
def work() -> None:
    """Run background jobs until stopped."""
    from app import jobs

    app = current_app._get_current_object()  # type: ignore[attr-defined]
    queue = jobs.queue()
    queue.pre_execute(name="context")(lambda _task: app.app_context().push())
    # two: mail goes out while long work is done
    queue.create_consumer(workers=2, periodic=True, initial_delay=0.1, max_delay=2.0).run()


@click.command("settings")
@click.option("--check", is_flag=True, help="Fail when docs/settings.md is out of date.")
@with_appcontext
def settings_command(check: bool) -> None:
    """Write docs/settings.md from the settings."""
    path = Path(current_app.root_path).parent / "docs" / "settings.md"
    if check:
        if not path.exists() or path.read_text(encoding="utf-8") != settings_markdown():
            raise click.ClickException("docs/settings.md is out of date: run `flask --app run settings`")
        return
    path.parent.mkdir(exist_ok=True)
    path.write_text(settings_markdown(), encoding="utf-8")


@click.command("advance")
@click.option(
    "--at", "day", type=click.DateTime(["%Y-%m-%d"]), help="As if it were this day (not in production)."
)
@with_appcontext
def advance(day: datetime | None) -> None:
    """Bring about what time does: ends of notices and recognitions, provisional deadlines, reminders."""
    if day is not None and _settings().production:
        raise click.ClickException("in production the clock is the machine's")
    now = utc_now() if day is None else day.replace(hour=12, tzinfo=BEIJING)
    with transaction(Actor.system("advance")):
        done = expiry.advance(now)
    for name, count in asdict(done).items():
        click.echo(f"{name}: {count}")


@audit_group.command("verify")
@click.option(
    "--expect", metavar="NUMBER:HASH", help="A head noted earlier, which the chain must still contain."
)
def audit_verify(expect: str | None) -> None:
    """Check the whole chain; fails and names every fault when it was tampered with."""
    noted = None
    if expect:
        number, _colon, digest = expect.partition(":")
        noted = (int(number), digest)
    faults = list(audit.verify(session(), expect=noted))
    for fault in faults:
        click.echo(fault)
    last, last_hash = audit.head(session())
    if faults:
        raise click.ClickException(f"{len(faults)} faults in {last} events")
    click.echo(f"{last} events, head {last}:{last_hash}")


@audit_group.command("head")
def audit_head() -> None:
    """Print the chain's head, to be noted outside the system."""
    number, digest = audit.head(session())
    click.echo(f"{number}:{digest}")


@register_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="CSV of the rows that were refused."
)
def register_load(file: Path, report: Path | None) -> None:
    """Load patents from CSV, Excel or JSON lines; the last line counts loaded, updated and rejected rows."""
    result = patents.load_register(file, now=utc_now(), report_path=report)
    with transaction(Actor.system("register")) as current:
        audit.record(
            current,
            "import",
            "register_patent",
            file=file.name,
            loaded=result.loaded,
            updated=result.updated,
            rejected=result.rejected,
        )
    click.echo(f"loaded={result.loaded} updated={result.updated} rejected={result.rejected}")


@classification_group.command("load")
@click.argument("scheme")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def classification_load(scheme: str, file: Path) -> None:
    """Replace a classification by the table in FILE after checking it."""
    with transaction(Actor.system("classification")) as current:
        result = classifications.load_classification(scheme, file)
        audit.record(current, "import", scheme, file=file.name, result=str(result))
    click.echo(result)


@calendar_group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def calendar_load(file: Path) -> None:
    """Load the days of a year that differ from Monday to Friday."""
    with transaction(Actor.system("calendar")) as current:
        days = calendars.load_calendar(file)
        expiry.settle(utc_now())
        audit.record(current, "import", "calendar_day", file=file.name, days=days)
    for year, count in sorted(days.items()):
        click.echo(f"{year}: {count}")


@demo_group.command("load")
@click.option("--products", default=0, help="Made-up products to add to the hand-made ones.")
def demo_load(products: int) -> None:
    """Load demonstration data: plainly fictitious units, real patents. Never in production."""
    from app.services import demo

    if _settings().production:
        raise click.ClickException("everybody knows the passwords of the demonstration's accounts")
    demo.load(utc_now(), products=products)


@user_group.command("add")
@click.argument("name")
@click.argument("email")
@click.option("--mobile", default="", help="Mobile number.")
@click.option(
    "--role",
    default=ADMIN,
    type=click.Choice([REVIEWER, RECOGNITION_OFFICER, AUDITOR, ADMIN]),
    show_default=True,
)
def user_add(name: str, email: str, mobile: str, role: str) -> None:
    """Add a member of staff, such as the first administrator of a new installation.

    The password is set by the user with a code sent to EMAIL (“forgotten password” on the sign-in page).
    """
    system = Actor.system("user")
    with transaction(system):
        users.create(system, users.Details(name, name, email, mobile, (role,)))
    click.echo(f"{name} ({role}): set a password at {_settings().base_url}/password/forgot")


@filing_group.command("check")
@click.argument("file", type=click.File("r", encoding="utf-8"), default="-")
def filing_check(file: TextIO) -> None:
    """Check a filing given as JSON; one finding a line as JSON."""
    for finding in checking.check_document(json.load(file), utc_now()):
        click.echo(json.dumps(finding, ensure_ascii=False))


class _Shown(Task):
    """Work done at once, whose progress is printed."""

    def step(self, done: int, total: int) -> None:
        """Print how far it is."""
        click.echo(f"{done}/{total}", err=True)


@batch_group.command("screen")
@click.argument("year", type=int)
def batch_screen(year: int) -> None:
    """Screen all candidates of a year's round and keep the run; no product's state changes until it is applied."""
    system = Actor.system("batch")
    with transaction(system):
        round_id = session.scalar(select(m.RecognitionRound.id).where(m.RecognitionRound.year == year))
        if round_id is None:
            raise click.ClickException(f"there is no round of {year}")
        run_id = screening.plan(round_id, system, utc_now()).id
    screening.run(_Shown(0, system, {"run_id": run_id}))
    done = session.get_one(m.ScreeningRun, run_id)
    click.echo(f"run={done.number} candidates={done.candidates} passed={done.passed}")
    click.echo(f"scheme={done.scheme_hash}\ninput={done.input_hash}\nresult={done.result_hash}")
