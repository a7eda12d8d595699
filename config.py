"""Every setting, typed, read once from the environment. A wrong or missing one stops the start.

Each setting is an environment variable ``ZP_`` + its name in capitals; ``docs/settings.md`` is generated from here.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent


class SettingError(ValueError):
    """A setting is missing or makes no sense; says which and why."""


def setting(default: Any, doc: str, choices: tuple[str, ...] = ()) -> Any:
    """A field of ``Settings`` with its documentation."""
    return field(default=default, metadata={"doc": doc, "choices": choices})


@dataclass(frozen=True)
class Settings:
    """The platform's settings."""

    mode: str = setting(
        "embedded",
        "embedded: one machine, one command, messages stay in the message box; "
        "production: real secrets, https and channels are required",
        ("embedded", "production"),
    )
    secret_key: str = setting(
        "", "Signs tokens; at least 32 characters. In embedded mode one is made and kept in the data folder"
    )
    data_dir: str = setting(str(ROOT / "data"), "Folder for the embedded database, files and keys")
    database_url: str = setting("", "SQLAlchemy URL; empty: SQLite in the data folder")
    storage_url: str = setting(
        "", "Where files are stored: empty for a folder in the data folder, or s3://bucket/prefix"
    )
    base_url: str = setting(
        "", "Address under which people reach the platform, in messages and QR codes; empty: http://host:port"
    )
    host: str = setting("127.0.0.1", "Address the server listens on")
    port: int = setting(8080, "Port the server listens on")
    web_workers: int = setting(2, "Web server processes")
    web_threads: int = setting(4, "Threads in each web server process")
    trusted_proxies: int = setting(
        0, "Number of reverse proxies in front whose X-Forwarded headers are believed"
    )
    queue_url: str = setting("", "redis:// URL of the job queue; empty: SQLite in the data folder")
    smtp_host: str = setting("", "Mail server; empty: mail stays in the message box")
    smtp_port: int = setting(25, "Port of the mail server")
    smtp_user: str = setting("", "User name at the mail server")
    smtp_password: str = setting("", "Password at the mail server")
    smtp_tls: str = setting("none", "Encryption of mail", ("none", "starttls", "tls"))
    mail_from: str = setting("noreply@localhost", "Sender of mail")
    sms_provider: str = setting(
        "box",
        "SMS channel: box keeps them in the message box, http posts JSON, aliyun sends",
        ("box", "http", "aliyun"),
    )
    sms_endpoint: str = setting("", "Address SMS are posted to (provider http)")
    sms_key: str = setting("", "Access key of the SMS provider")
    sms_secret: str = setting("", "Access secret of the SMS provider")
    sms_sign: str = setting("", "Signature name of the SMS provider")
    clamd_address: str = setting("", "host:port of clamd; empty: files are not scanned")
    keys_dir: str = setting(
        "", "Folder of the private keys that sign certificates; empty: keys in the data folder"
    )
    fonts_dir: str = setting(
        str(ROOT / "node_modules" / "@expo-google-fonts"), "Folder of the fonts for PDF files"
    )
    site_name: str = setting("专品", "Name of the platform shown in the page head")
    organiser: str = setting(
        "示例主办单位", "Organisation that runs the platform, shown in the page foot and in documents"
    )
    support_phone: str = setting("", "Telephone number of the support, shown in the page foot")
    support_email: str = setting("", "E-mail address of the support, shown in the page foot")
    icp_number: str = setting("", "ICP registration number shown in the page foot")
    session_idle_minutes: int = setting(30, "Minutes without a request after which a session ends")
    session_hours: int = setting(12, "Hours after which a session ends in any case")
    lock_after: int = setting(5, "Wrong passwords after which an account is locked")
    lock_minutes: int = setting(15, "Minutes an account stays locked")
    webhook_loopback: bool = setting(
        False, "Let webhooks go to this machine, over http too, to try them out; refused in production"
    )
    captcha: bool = setting(True, "Ask for an image captcha at registration and after failed sign-ins")
    metrics: bool = setting(True, "Serve /metrics (Prometheus) to loopback addresses")

    @property
    def production(self) -> bool:
        """Whether real secrets, https and channels are required."""
        return self.mode == "production"

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Read the settings; unknown ``ZP_`` variables and unusable values raise ``SettingError``."""
        known = {f"ZP_{f.name.upper()}": f for f in fields(cls)}
        unknown = [name for name in env if name.startswith("ZP_") and name not in known]
        if unknown:
            raise SettingError(f"unknown settings: {', '.join(sorted(unknown))} (see docs/settings.md)")
        values = {f.name: _parse(name, env[name], f) for name, f in known.items() if name in env}
        settings = cls(**values)
        return settings._completed()

    def _completed(self) -> Settings:
        changes: dict[str, Any] = {}
        folder = Path(self.data_dir)
        if not self.database_url:
            changes["database_url"] = f"sqlite:///{folder / 'zhuanpin.db'}"
        if not self.base_url:
            changes["base_url"] = f"http://{self.host}:{self.port}"
        if not self.storage_url:
            changes["storage_url"] = (folder / "files").as_uri()
        if not self.keys_dir:
            changes["keys_dir"] = str(folder / "keys")
        if not self.secret_key and not self.production:
            changes["secret_key"] = _kept_secret(folder)
        settings = Settings(**{f.name: changes.get(f.name, getattr(self, f.name)) for f in fields(self)})
        settings._check()
        return settings

    def _check(self) -> None:
        if len(self.secret_key) < 32:
            raise SettingError("ZP_SECRET_KEY must have at least 32 characters")
        if len(set(self.secret_key)) < 8:
            raise SettingError("ZP_SECRET_KEY is not random: use for instance `openssl rand -hex 32`")
        if self.production and not self.base_url.startswith("https://"):
            raise SettingError("ZP_BASE_URL must begin with https:// in production")
        if self.production and not self.smtp_host:
            raise SettingError("ZP_SMTP_HOST is required in production: codes and notices must reach people")
        if self.production and self.webhook_loopback:
            raise SettingError("ZP_WEBHOOK_LOOPBACK must be no in production")
        if self.sms_provider == "http" and not self.sms_endpoint:
            raise SettingError("ZP_SMS_ENDPOINT is required with ZP_SMS_PROVIDER=http")
        if self.sms_provider == "aliyun" and not (self.sms_key and self.sms_secret and self.sms_sign):
            raise SettingError(
                "ZP_SMS_KEY, ZP_SMS_SECRET and ZP_SMS_SIGN are required with ZP_SMS_PROVIDER=aliyun"
            )


def _parse(name: str, text: str, target: Any) -> Any:
    default, choices = target.default, target.metadata["choices"]
    if choices and text not in choices:
        raise SettingError(f"{name} must be one of {', '.join(choices)}, not {text!r}")
    if isinstance(default, bool):
        if text.lower() not in {"1", "0", "true", "false", "yes", "no"}:
            raise SettingError(f"{name} must be yes or no, not {text!r}")
        return text.lower() in {"1", "true", "yes"}
    if isinstance(default, int):
        if not text.isdecimal():
            raise SettingError(f"{name} must be a whole number, not {text!r}")
        return int(text)
    return text


def _kept_secret(folder: Path) -> str:
    path = folder / "secret_key"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text(secrets.token_hex(32), encoding="ascii")
        path.chmod(0o600)
    return path.read_text(encoding="ascii").strip()


def settings_markdown() -> str:
    """``docs/settings.md``, from the fields above."""
    lines = [
        "# Settings",
        "",
        "Environment variables; generated from `config.py` by `flask settings`.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for f in fields(Settings):
        default = str(f.default).replace(str(ROOT), "<project>")
        choices = f" One of: {', '.join(f.metadata['choices'])}." if f.metadata["choices"] else ""
        lines.append(f"| `ZP_{f.name.upper()}` | `{default}` | {f.metadata['doc']}.{choices} |")
    return "\n".join(lines) + "\n"
