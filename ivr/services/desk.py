"""What every use case may need of the installation."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from db.session import Database
from ivr import catalogue, speech
from ivr.catalogue import Catalogue
from ivr.config import Config
from ivr.phone import Plan
from ivr.queues import Queues
from ivr.services.takes import Takes
from ivr.speech import Speech
from ivr.spool import Spool
from ivr.store import Store
from ivr.telephony.accounts import Account, accounts
from ivr.vault import Keys
from ivr.workdays import Workdays, workdays

STORE_BLOCK = 1024 * 1024  # read at once: two voices of half a minute
STORE_MANNERS = {
    "connect_timeout": 3,
    "read_timeout": 10,
    "retries": {"max_attempts": 0},
    "request_checksum_calculation": "when_required",  # stores other than Amazon's need not know the newer ones
    "response_checksum_validation": "when_required",
}


@dataclass(eq=False)
class Desk:
    """Settings, call flows, voice and accounts, put together at start.

    `catalogue` and `speech` are exchanged as a whole when an administrator changes them: `version` says which are in
    use, `files` and `files_speech` are what callflows/ alone says.
    """

    config: Config
    catalogue: Catalogue
    speech: Speech
    accounts: dict[str, Account]
    version: int = 0
    takes: Takes = field(default_factory=Takes)
    files: Catalogue = field(init=False)
    files_speech: Speech = field(init=False)

    def __post_init__(self) -> None:
        self.files, self.files_speech = self.catalogue, self.speech

    def take_up(self, version: int, whole: Catalogue) -> None:
        """Go on with other words and lists; the voice first, for it must know what the lists name."""
        self.speech = self.files_speech.revised(whole.prompts, whole.terms)
        self.catalogue = whole
        self.version = version

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.config.hotline.region, self.config.hotline.city_code)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.hotline.timezone)

    @cached_property
    def keys(self) -> Keys:
        """Read the master keys of what is kept. Raises NoKey."""
        return Keys.read(self.config.keys_path)

    def forget_keys(self) -> None:
        """Read the master keys again when they are needed next."""
        vars(self).pop("keys", None)

    @cached_property
    def disk(self) -> Store:
        """Find what lies on this machine."""
        return Store(str(self.config.recordings_dir))

    @cached_property
    def store(self) -> Store:
        """Find what is kept."""
        return store_of(self.config) or self.disk

    @property
    def shares(self) -> bool:
        """Say whether there is a store, and so perhaps other machines."""
        return self.store is not self.disk

    @cached_property
    def office(self) -> Workdays:
        office = self.config.office
        return workdays(self.zone, office.opens, office.closes, office.days, self.config.hotline.region)

    def callable(self, number: str | None) -> bool:
        """Say whether we would ever dial a number: of this country, of a common kind, and not barred."""
        return self.plan.callable(number) and not str(number).startswith(self.config.callbacks.barred)

    def local(self, moment: datetime) -> datetime:
        """Read a moment off the city's clocks."""
        return moment.astimezone(self.zone)

    def url(self, path: str) -> str:
        """Give the address under which guests reach a path of ours."""
        return f"{self.config.base_url}{path}"


def open_desk(config: Config) -> Desk:
    """Read the call flows, find the voice, know the accounts. Raises CatalogueError."""
    flows = catalogue.load(config.callflows_dir, config.hotline.language)
    return Desk(config, flows, speech.build(config, flows.prompts, flows.terms), accounts(config))


def store_of(config: Config) -> Store | None:
    """Find the store that several machines may share; None if there is none but this machine's disk."""
    data = config.data
    if not data.store_url:
        return None
    return Store(
        data.store_url,
        {
            "key": data.store_key.get_secret_value() or None,
            "secret": data.store_secret.get_secret_value() or None,
            "endpoint_url": data.store_endpoint or None,
            "use_listings_cache": False,  # others write there, too
            "default_block_size": STORE_BLOCK,
            "config_kwargs": STORE_MANNERS,
        },
    )


def open_spool(config: Config, whose: str) -> Spool:
    """Open the spool of one kind of process: "web" or "fallback"; each has a reserve of its own."""
    secret = config.server.secret_key.get_secret_value()
    return Spool(config.var_dir / "spool" / whose, secret, config.data.spool_events)


def open_spools(config: Config) -> dict[str, Spool]:
    """Open the spools of all kinds of processes that take webhooks, by whose they are."""
    return {whose: open_spool(config, whose) for whose in ("web", "fallback")}


def open_database(config: Config) -> Database:
    """Open the database; what its transactions leave to do goes to rq. Nothing is connected yet."""
    return Database(config.database_url, deliver=Queues(config.redis_url).enqueue)
