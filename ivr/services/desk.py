"""What every use case may need of the installation."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from db.session import Database
from ivr import catalogue, speech
from ivr.catalogue import Catalogue
from ivr.config import Config
from ivr.phone import Plan
from ivr.queues import Queues
from ivr.speech import Speech
from ivr.telephony.accounts import Account, accounts


@dataclass(frozen=True)
class Desk:
    """Settings, call flows, voice and accounts, put together once at start."""

    config: Config
    catalogue: Catalogue
    speech: Speech
    accounts: dict[str, Account]

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.config.hotline.region, self.config.hotline.city_code)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.config.hotline.timezone)

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


def open_database(config: Config) -> Database:
    """Open the database; what its transactions leave to do goes to rq. Nothing is connected yet."""
    return Database(config.database_url, deliver=Queues(config.redis_url).enqueue)
