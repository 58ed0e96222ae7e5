"""Operators who take the callbacks that wait, at SIP telephones of the exchange."""

import re
from concurrent.futures import ThreadPoolExecutor

from tests.exchange.telephone import Telephone
from tests.gateway.day import outbound
from tests.gateway.day.citizen import Citizen
from tests.gateway.day.day import Played
from tests.gateway.day.outbound import RINGING_SECONDS
from tests.outside import stories
from tests.outside.operator import Operator


class Desk:
    """`calls` as they went; `rung` are the numbers that rang, `suggested` the results that the console suggests.

    `then` is done when all are.
    """

    def __init__(self, day, written, then):
        self.day, self.written, self.then = day, list(enumerate(written)), then
        self.calls, self.rung, self.suggested = {}, {}, {}
        extensions = day.place.exchange.operators
        self.operators = {name: Operator(day.house, f"reza{name}", "--telephone", f"sip:{name}") for name in extensions}

    def __call__(self, _):
        """Take all, and only then let citizens ask for calls: whoever is next in the queue is taken."""
        try:
            with ThreadPoolExecutor(len(self.operators)) as hands:
                shares = [self.written[n :: len(self.operators)] for n in range(len(self.operators))]
                doing = [hands.submit(self._works, *one) for one in zip(self.operators, shares, strict=True)]
            for one in doing:
                one.result()
        finally:
            self.then()

    def _works(self, extension, share):
        exchange = self.day.place.exchange
        with Telephone(number=extension, address="127.0.0.1") as telephone:
            telephone.register(extension, exchange.operators[extension], f"127.0.0.1:{exchange.sip_port}")
            exchange.reaches("trunk")
            for n, call in share:
                self._takes(call, f"0913138{n:04}", self.operators[extension], telephone)

    def _takes(self, call, number, operator, telephone):
        """Take the call of a citizen, do as it is written, and wrap up."""
        name = call["call"]
        played = self.calls[name] = Played(stories.Story(name, call["knew"], []), number)
        played.citizen = Citizen(telephone)
        try:
            with self.day.trunk.telephone(number) as citys:
                held = self._claims(call, played, operator)
                assert operator.post("/callbacks", f"/callbacks/{held}/dial").status_code == 200
                telephone.wait_ringing(RINGING_SECONDS)
                for turn in call["turns"]:
                    self._turns(played, turn, call, citys)
            if outbound.ends(call):
                self.suggested[name] = self.day.house.until(operator.suggested, seconds=20)
        except Exception as trouble:  # noqa: BLE001  # told by the test of this call
            played.trouble = trouble
        finally:
            if played.citizen.turns:
                played.citizen.is_done()
            _wraps_up(operator)

    def _claims(self, call, played, operator):
        """Ask for a call as the citizen, and take it before anybody else does; give its id."""
        with self.day.air:
            caller = self.day.exchange.dials(played.international)
            if call["knew"]["callback_type"] == "clarify":
                caller.presses("1").presses("3").presses("3").is_silent().is_silent().presses("1")
            else:
                caller.presses("0")
            if caller.waiting is not None:  # where they may choose a part of the day
                caller.presses("4")
            operator.post("/callbacks", "/callbacks/next")
        return operator.holds()

    def _turns(self, played, turn, call, citys):
        """Do what the operator does, or what becomes of the citizen's telephone."""
        operator = played.citizen
        match turn["caller"]:
            case "answered":
                operator.picks_up()
            case "hangs up":
                operator.hangs_up()
            case {"press": keys}:
                operator.presses(keys) if keys else operator.is_silent()
            case {"dial": [status, _]}:
                operator.waits()
                outbound.becomes(status, citys)
        operator.turns[-1].hears = turn["hears"]
        if "dials" in turn:
            citys.wait_ringing(RINGING_SECONDS)
            self.rung[played.story.name] = self.day.trunk.called[-1]
            if outbound.ends(call) == "completed":
                self._talk(played, citys)
        elif turn is call["turns"][-1]:
            operator.telephone.wait_over(RINGING_SECONDS)
        elif turn["hears"]:
            operator.listens()

    def _talk(self, played, citys):
        """Both say something at once, and hear each other."""
        citys.answer()
        mine, yours = self.day.sentences[:2]
        played.citizen.speaks(mine)
        citys.speaks(yours)
        citys.hears(0.5)
        played.voices = {"operator": (mine, citys.heard()), "citizen": (yours, played.citizen.telephone.heard())}


def _wraps_up(operator):
    held = re.search(r'action="/callbacks/(\d+)/wrap-up"', operator.get("/callbacks").text)
    if held:
        operator.post("/callbacks", f"/callbacks/{held[1]}/wrap-up", disposition="reached", note="-")
