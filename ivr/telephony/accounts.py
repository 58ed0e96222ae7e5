"""Whose webhooks we believe, and where each one's REST and media are."""

from dataclasses import dataclass, field

from ivr.config import Config


@dataclass(frozen=True)
class Account:
    """One guest's account: its token signs webhooks and opens its REST."""

    sid: str
    token: str = field(repr=False)
    api_url: str
    media_hosts: tuple[str, ...] = ()


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
