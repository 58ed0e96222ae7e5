"""Whose webhooks we believe, and where each one's REST and media are."""

from dataclasses import dataclass, field

from ivr.config import Config


@dataclass(frozen=True)
class Account:
    """One guest's account: its token opens its REST, and signs webhooks where no other key does."""

    sid: str
    token: str = field(repr=False)
    api_url: str
    media_hosts: tuple[str, ...] = ()
    scheme: str = "twilio"
    signing_key: str = field(default="", repr=False)

    @property
    def webhook_key(self) -> str:
        """Give what this account's webhooks are checked with."""
        return self.signing_key or self.token


def accounts(config: Config) -> dict[str, Account]:
    """List the guests of this installation by account sid; one without a token is nobody."""
    known: list[Account] = []
    if config.twilio.account_sid and config.twilio.auth_token.get_secret_value():
        known.append(
            Account(
                config.twilio.account_sid,
                config.twilio.auth_token.get_secret_value(),
                config.twilio.api_url.rstrip("/"),
                config.twilio.media_hosts,
                config.twilio.signature,
                config.twilio.signing_key.get_secret_value(),
            )
        )
    lines = config.gateway
    if (lines.ari_url or lines.url) and lines.auth_token.get_secret_value():
        known.append(Account(lines.account_sid, lines.auth_token.get_secret_value(), config.gateway_url))
    if config.phone.enabled and config.phone.auth_token.get_secret_value():
        token = config.phone.auth_token.get_secret_value()
        known.append(Account(config.phone.account_sid, token, f"{config.base_url}/phone/exchange"))
    return {account.sid: account for account in known}


def outgoing(config: Config, known: dict[str, Account]) -> Account | None:
    """Choose who dials for us: the provider if there is one, else the exchange, else the browser phone."""
    for sid in (config.twilio.account_sid, config.gateway.account_sid, config.phone.account_sid):
        if sid in known:
            return known[sid]
    return None
