"""Made-up forms for every webhook of a served hotline on PostgreSQL, out of an OpenAPI description of them.

python -m bench.fuzz                  # ten minutes
python -m bench.fuzz --seconds 20

It ends at the first answer of 500 or more, row left by a refused form, or answer that is neither TwiML nor a refusal.
"""

import tempfile

import click

from bench.fuzzing.play import Fuzz
from tests.served import House
from tests.servers import Postgres

ACCOUNT, TOKEN = "AC" + "5" * 32, "a token for made-up forms"


def settings(database_url):
    return {
        "IVR_DATA__DATABASE_URL": database_url, "IVR_TWILIO__ACCOUNT_SID": ACCOUNT, "IVR_TWILIO__AUTH_TOKEN": TOKEN,
        "IVR_TWILIO__API_URL": "http://127.0.0.1:1", "IVR_SERVER__PROCESSES": "2",
    }  # fmt: skip


def fuzzed(home, database_url, seconds):
    """Send forms to a house of its own for so long; give what came of it."""
    house = House(home, **settings(database_url))
    try:
        fuzz = Fuzz(house.start(), database_url, ACCOUNT, TOKEN)
        fuzz.goes_on(seconds)
    finally:
        house.stop()
    return fuzz


@click.command(help=__doc__)
@click.option("--seconds", default=600, show_default=True, help="for so long")
def main(seconds):
    server = Postgres()
    url = server.create("fuzz", "template0")
    with tempfile.TemporaryDirectory() as home:
        try:
            fuzz = fuzzed(home, url, seconds)
        finally:
            server.stop()
    for answer, many in sorted(fuzz.answers.items()):
        print(f"{many:8} {answer}")
    print(f"{fuzz.answers.total()} forms in {seconds} s, {len(fuzz.taken)} calls: nothing wrong")


if __name__ == "__main__":
    main()
