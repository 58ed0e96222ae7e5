"""Settings of one installation: config.yaml, then secrets.env, then IVR_* variables; the last one wins."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pydantic import SecretStr
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

from ivr.sections import (
    Backup,
    Callbacks,
    Calls,
    Codes,
    Console,
    Data,
    Feedback,
    Gateway,
    Hotline,
    Keep,
    Metrics,
    Office,
    Phone,
    Recording,
    Section,
    Server,
    Speech,
    Tickets,
    Twilio,
)

__all__ = [
    "Backup",
    "Callbacks",
    "Calls",
    "Codes",
    "Config",
    "Console",
    "Data",
    "Feedback",
    "Gateway",
    "Hotline",
    "Keep",
    "Metrics",
    "Office",
    "Phone",
    "Recording",
    "Section",
    "Server",
    "Speech",
    "Tickets",
    "Twilio",
]

SOCKET_PATH_BYTES: Final = 100  # Linux takes 107, macOS 103


class Config(BaseSettings):
    """Everything one installation may decide."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="IVR_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    root: Path = Path(__file__).parent.parent
    server: Server = Server()
    data: Data = Data()
    hotline: Hotline = Hotline()
    twilio: Twilio = Twilio()
    phone: Phone = Phone()
    gateway: Gateway = Gateway()
    speech: Speech = Speech()
    recording: Recording = Recording()
    codes: Codes = Codes()
    office: Office = Office()
    tickets: Tickets = Tickets()
    callbacks: Callbacks = Callbacks()
    feedback: Feedback = Feedback()
    calls: Calls = Calls()
    console: Console = Console()
    metrics: Metrics = Metrics()
    backup: Backup = Backup()
    keep: Keep = Keep()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # replaced by one that ignores other IVR_ names
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Rank the sources, strongest first."""
        yaml = YamlConfigSettingsSource(settings_cls, config_file(), yaml_file_encoding="utf-8")
        env = EnvSettingsSource(settings_cls)
        secrets = DotEnvSettingsSource(settings_cls, env_file=_secrets_file(yaml, env))
        return init_settings, env, secrets, yaml

    @property
    def base_url(self) -> str:
        """How guests reach us, without a slash at the end."""
        return (self.server.public_url or f"http://127.0.0.1:{self.server.port}").rstrip("/")

    @property
    def fallback_url(self) -> str:
        """How guests reach the fallback's own process: by itself, or where a proxy passes /voice/fallback to it."""
        server = self.server
        own = server.fallback_url or server.public_url or f"http://127.0.0.1:{server.fallback_port}"
        return own.rstrip("/")

    @property
    def gateway_url(self) -> str:
        """How the hotline and the exchange reach the gateway, without a slash at the end."""
        return (self.gateway.url or f"http://127.0.0.1:{self.gateway.port}").rstrip("/")

    @property
    def var_dir(self) -> Path:
        """Where everything written goes, but for voices."""
        return self.data.dir.resolve() / "var"

    @property
    def recordings_dir(self) -> Path:
        return self.data.dir.resolve() / "recordings"

    @property
    def keys_path(self) -> Path:
        """Where the master keys of what is kept lie: outside of the data directory."""
        mine = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        return Path(self.data.keys_file) if self.data.keys_file else mine / "hotline-137" / "recordings.keys"

    @property
    def database_url(self) -> str:
        return self.data.database_url.get_secret_value() or f"sqlite:///{self.var_dir / 'hotline.db'}"

    @property
    def redis_url(self) -> str:
        """Where rq's jobs wait; the embedded server listens on a socket in var/."""
        return self.data.redis_url.get_secret_value() or f"unix://{quote(str(self.valkey_socket))}"

    @property
    def valkey_socket(self) -> Path:
        """Where the embedded Valkey listens: in var/, or in a short place if that is too long for a socket."""
        socket = self.var_dir / "valkey" / "s"
        if len(os.fsencode(socket)) <= SOCKET_PATH_BYTES:
            return socket
        name = hashlib.sha256(os.fsencode(socket)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"hotline-{name}" / "s"

    def secrets(self) -> tuple[str, ...]:
        """List what must be read in no log."""
        sections = (getattr(self, name) for name in type(self).model_fields)
        values = (value for section in sections if isinstance(section, Section) for _, value in section)
        return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))

    @property
    def callflows_dir(self) -> Path:
        return self.root / "callflows"


def config_file() -> Path:
    """Find config.yaml: IVR_CONFIG, else beside the packages."""
    return Path(os.environ.get("IVR_CONFIG", Path(__file__).parent.parent / "config.yaml"))


def secrets_file(data_dir: Path) -> Path:
    return data_dir.resolve() / "var" / "secrets.env"


def _secrets_file(*sources: PydanticBaseSettingsSource) -> Path:
    """Say where secrets are before the settings are known: the data directory comes from the plain sources."""
    for source in reversed(sources):
        section = source().get("data")
        if isinstance(section, dict) and section.get("dir"):
            return secrets_file(Path(section["dir"]))
    return secrets_file(Path())


def load() -> Config:
    """Read the settings. Raises pydantic.ValidationError, which names what is wrong."""
    return Config()
