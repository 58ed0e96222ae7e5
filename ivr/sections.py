"""The sections of the settings: what may be said in each, and what holds where nothing is said."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Positive = Annotated[int, Field(gt=0)]
OrNever = Annotated[int, Field(ge=0)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Section(BaseModel):
    """Frozen, and closed to misspelt keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Server(Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(gt=0, lt=65536)] = 8137
    public_url: str = ""
    threads: Positive = 96
    processes: Positive = 1
    patience_seconds: Annotated[float, Field(gt=0, lt=15)] = 3.0  # a provider waits 15 s
    fallback_port: Annotated[int, Field(gt=0, lt=65536)] = 8139
    fallback_url: str = ""
    secret_key: SecretStr = SecretStr("")


class Data(Section):
    dir: Path = Path()
    database_url: SecretStr = SecretStr("")
    redis_url: SecretStr = SecretStr("")
    least_free_mb: Positive = 500
    spool_events: Positive = 10_000
    keys_file: str = ""
    store_url: Annotated[str, Field(pattern=r"^(s3://[a-z0-9][a-z0-9.-]{1,62}(/[A-Za-z0-9._/-]*)?)?$")] = ""
    store_endpoint: Annotated[str, Field(pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+/?)?$")] = ""
    store_key: SecretStr = SecretStr("")
    store_secret: SecretStr = SecretStr("")

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
    signature: Literal["twilio", "twilio_sha256", "somleng", "signalwire", "telnyx"] = "twilio"
    signing_key: SecretStr = SecretStr("")


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
    dials_per_day: Positive = 3000
    talk_minutes_per_day: Positive = 6000


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
    at_once: Positive = 12
    export_rows: Positive = 50_000
    second_proof: Literal["offered", "required"] = "offered"


class Metrics(Section):
    token: SecretStr = SecretStr("")


class Keep(Section):
    recordings_months: OrNever = 0
    numbers_months: OrNever = 0
    turns_months: OrNever = 0


class Backup(Section):
    keys_file: str = ""
