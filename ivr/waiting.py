"""Queues of people who wait: how many must serve so that the wait keeps a promise. Erlang's formulas.

They are short recursions, and the libraries that have them either send the numbers to a server of their own or bring
an optimiser of a hundred megabytes along; so they stand here, and a test holds them against published tables. It is
Erlang C, not Erlang A, which reckons with the impatient: nobody who waits to be called back hangs up.
"""

import math

MOST = 10_000


def blocked(load: float, servers: int) -> float:
    """Give Erlang B: the share that finds everybody busy where nobody waits."""
    share = 1.0
    for n in range(1, servers + 1):
        share = load * share / (n + load * share)
    return share


def must_wait(load: float, servers: int) -> float:
    """Give Erlang C: the share that has to wait at all; everybody, once the work is more than they can do."""
    if load <= 0:
        return 0.0
    if servers <= load:
        return 1.0
    lost = blocked(load, servers)
    return servers * lost / (servers - load * (1 - lost))


def served_within(load: float, servers: int, wait: float, service: float) -> float:
    """Give the share served within a wait, in the unit of the service time; nobody gives up: Erlang C."""
    if servers <= load:
        return 0.0 if load > 0 else 1.0
    return 1 - must_wait(load, servers) * math.exp(-(servers - load) * wait / service)


def servers_for(load: float, wait: float, service: float, share: float) -> int:
    """Give how many must serve so that such a share waits no longer than that: Erlang C."""
    if load <= 0:
        return 0
    servers = math.floor(load) + 1
    while served_within(load, servers, wait, service) < share and servers < MOST:
        servers += 1
    return servers
