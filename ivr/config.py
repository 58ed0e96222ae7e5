"""Settings of one installation: config.yaml, then secrets.env, then IVR_* variables; the last one wins."""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    YamlConfigSettingsSource,
)

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Positive = Annotated[int, Field(gt=0)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

SOCKET_PATH_BYTES: Final = 100  # Linux takes 107, macOS 103


class Section(BaseModel):
    """Frozen, and closed to misspelt keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Server(Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(gt=0, lt=65536)] = 8137
    public_url: str = ""
    threads: Positive = 96
    processes: Positive = 1
    secret_key: SecretStr = SecretStr("")


class Data(Section):
    dir: Path = Path()
    database_url: SecretStr = SecretStr("")
    redis_url: SecretStr = SecretStr("")

    @field_validator("redis_url")
    @classmethod
    def _known_scheme(cls, url: SecretStr) -> SecretStr:
        if url.get_secret_value() and not url.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return url


class Hotline(Section):
    flow: str = "hotline_137"
    short_code: str = "137"
    caller_id: str = "+982537137000"
    city_code: str = "25"
    region: str = "IR"
    timezone: str = "Asia/Tehran"
    language: str = "fa"


class Twilio(Section):
    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    api_url: str = "https://api.twilio.com"
    media_hosts: tuple[str, ...] = ()


class Phone(Section):
    enabled: bool = True
    login: Literal["auto", "always"] = "auto"
    account_sid: str = "PH137"
    auth_token: SecretStr = SecretStr("")


class Gateway(Section):
    ari_url: str = ""
    ari_user: str = "hotline-137"
    ari_password: SecretStr = SecretStr("")
    app: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")] = "hotline-137"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(gt=0, lt=65536)] = 8138
    url: str = ""
    peers: tuple[str, ...] = ()
    account_sid: str = "GW137"
    auth_token: SecretStr = SecretStr("")
    trunk: str = "PJSIP/{number}@trunk"
    extension: str = "PJSIP/{name}"
    outside: str = ""
    patience: str = "rc=20&rp=ct,5xx&ct=2000&rt=10000&tt=12000"
    webrtc_url: Annotated[str, Field(pattern=r"^(wss?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?)?$")] = ""
    webrtc_secret: SecretStr = SecretStr("")


class Speech(Section):
    engine: Literal["espeak", "piper"] = "espeak"
    piper_voice: str = ""
    words_per_minute: Positive = 145
    level_dbfs: Annotated[float, Field(lt=0)] = -20.0


class Recording(Section):
    fetch_gaps_seconds: Annotated[tuple[Positive, ...], Field(min_length=1)] = (
        2,
        5,
        15,
        30,
        60,
        300,
        900,
        3600,
    )


class Codes(Section):
    tries_per_caller_day: Positive = 10
    tries_withheld_hour: Positive = 30
    tries_overall_hour: Positive = 300


class Office(Section):
    opens: Clock = "07:30"
    closes: Clock = "14:30"
    days: Annotated[tuple[Weekday, ...], Field(min_length=1)] = ("sat", "sun", "mon", "tue", "wed")


class Tickets(Section):
    join_days: Positive = 7
    photo_bytes: Positive = 8_000_000


class Callbacks(Section):
    opens: Clock = "08:00"
    closes: Clock = "21:00"
    morning_until: Clock = "12:00"
    afternoon_until: Clock = "16:00"
    ask_window: bool = False
    urgent_head_start_minutes: Positive = 60
    barred: tuple[str, ...] = ()
    minutes_each: Positive = 4
    operators: Positive = 3
    lease_seconds: Positive = 300
    ring_seconds: Positive = 25
    talk_limit_seconds: Positive = 1800
    max_tries: Positive = 3
    retry_minutes: Positive = 30
    wrap_up_seconds: Positive = 120
    record: bool = True
    numbers_per_day: Positive = 3


class Feedback(Section):
    person_percent: Annotated[int, Field(ge=0, le=100)] = 5
    max_tries: Positive = 3
    retry_minutes: Positive = 120
    ring_seconds: Positive = 30
    calls_at_once: Positive = 2


class Calls(Section):
    silent_minutes: Positive = 15


class Console(Section):
    session_hours: Positive = 10
    away_seconds: Positive = 60
    live_streams: Positive = 64
    export_rows: Positive = 50_000


class Backup(Section):
    keys_file: str = ""


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
    backup: Backup = Backup()

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
