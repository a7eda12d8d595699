"""Commands about keys and certificates: ``flask keys …``, ``flask certificate verify``."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask import Flask, current_app

from app.cli import Commands
from app.db import transaction
from app.documents import signing
from app.documents.signing import DOCUMENT, KINDS, STATEMENT
from app.domain.actor import Actor
from app.domain.clock import utc_now
from app.services.recognition import keys, verification
from config import Settings

keys_group = Commands("keys", help="The keys that sign certificates.")
certificate_group = Commands("certificate", help="Certificates of recognition.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(keys_group)
    app.cli.add_command(certificate_group)


def _makers(pem: Path | None, pkcs12: Path | None, password: str) -> dict[str, keys.Maker]:
    settings: Settings = current_app.config["SETTINGS"]
    made = keys.makers(settings.organiser, utc_now())
    if pem is not None:
        content = pem.read_bytes()
        made[STATEMENT] = lambda: signing.take_statement_key(content)
    if pkcs12 is not None:
        packed = pkcs12.read_bytes()
        made[DOCUMENT] = lambda: signing.take_document_key(packed, password)
    return made


@keys_group.command("init")
@click.option("--statement", type=_FILE, help="An Ed25519 private key (PEM) to use instead of a new one.")
@click.option("--document", type=_FILE, help="A PKCS #12 file with key and certificate for PDF files.")
@click.option("--password", envvar="KEYS_PASSWORD", default="", help="Password of the PKCS #12 file.")
def keys_init(statement: Path | None, document: Path | None, password: str) -> None:
    """Make or load the first keys; keys in use stay as they are."""
    with transaction(Actor.system("keys")):
        made = keys.init(_makers(statement, document, password), utc_now())
        for row in made:
            click.echo(f"{row.kind} {row.id}")
    if not made:
        click.echo("all keys are there already; `flask keys rotate` replaces them")


@keys_group.command("rotate")
@click.argument("kind", type=click.Choice(KINDS), default=STATEMENT)
@click.option("--statement", type=_FILE, help="An Ed25519 private key (PEM) to use instead of a new one.")
@click.option("--document", type=_FILE, help="A PKCS #12 file with key and certificate for PDF files.")
@click.option("--password", envvar="KEYS_PASSWORD", default="", help="Password of the PKCS #12 file.")
def keys_rotate(kind: str, statement: Path | None, document: Path | None, password: str) -> None:
    """Sign with a new key from now on; certificates signed with the old one stay valid."""
    with transaction(Actor.system("keys")):
        row = keys.rotate(kind, _makers(statement, document, password)[kind], utc_now())
        click.echo(f"{row.kind} {row.id}")


@keys_group.command("export")
def keys_export() -> None:
    """Print the public halves as JSON, for those who verify without a network."""
    settings: Settings = current_app.config["SETTINGS"]
    click.echo(json.dumps(keys.published(settings.base_url, utc_now()), ensure_ascii=False, indent=1))


@certificate_group.command("verify")
@click.argument("what")
@click.option("--revocations", type=_FILE, help="The list of revocations, from /v/revocations.json.")
@click.option("--keys", "keys_file", type=_FILE, help="The public keys, from /v/keys.json.")
@click.option("--number", default="", help="The number printed on the certificate.")
def certificate_verify(what: str, revocations: Path | None, keys_file: Path | None, number: str) -> None:
    """Verify WHAT, a signed PDF, a file with what a QR code holds, or that text itself; no network is used.

    Without --keys or --revocations those in the database are taken. Fails unless the certificate is valid.
    """
    now = utc_now()
    trust = verification.Trust.of_file(keys_file) if keys_file else verification.Trust.own(now)
    if revocations:
        trust = trust.with_list(revocations)
    answer = verification.check(what, trust, now, number)
    click.echo(answer.code)
    for sentence in answer.sentences():
        click.echo(str(sentence))
    if not answer.holds:
        raise click.exceptions.Exit(1)
