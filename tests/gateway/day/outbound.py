"""The calls that the hotline makes itself: to operators, for whoever asked for a call, and to ask whether it is solved.

One telephone stands at the trunk's other end, so these go one after another.
"""

import re
from contextlib import contextmanager, suppress

from tests.exchange.telephone import Telephone
from tests.gateway.day import live
from tests.gateway.day.citizen import Citizen
from tests.gateway.day.day import Played
from tests.outside import stories
from tests.outside.operator import Operator

HERE = stories.TRANSCRIPTS.parent
CALLBACKS, FEEDBACK = (stories.read(HERE / f"{name}.yaml") for name in ("callback", "feedback"))
CODES = {"busy": 486, "failed": 404}
SUGGESTED = {"completed": "reached", "busy": "busy", "no-answer": "no_answer", "failed": "unreachable"}
RINGING_SECONDS = 30


def callbacks():
    """List the calls to operators; that talks are not recorded is another setting."""
    return [call for call in CALLBACKS if "record_talk" not in call["knew"]]


def feedback():
    """List the calls to citizens; the gateway never says that a machine answered."""
    return [call for call in FEEDBACK if call["knew"]["answered_by"] != "machine"]


def ends(call):
    """Say how ringing the citizen ends; "" if it never begins."""
    return next((turn["caller"]["dial"][0] for turn in call["turns"] if "dial" in turn["caller"]), "")


class Outbound:
    """`desk` holds the operators' calls as they went, with what the city heard; `asked` those to citizens."""

    def __init__(self, day):
        self.day, self.place = day, day.place
        self.desk, self.asked, self.suggested, self.rung = {}, {}, {}, {}
        self.reza = Operator(day.house, "reza", "--telephone", "sip:201")
        for n, call in enumerate(feedback()):
            self.asked[call["call"]] = played = Played(stories.from_transcript(call), f"0919138{n:04}")
            played.earlier = day.reports(played.international)
        twin = day.reports("+989191380099")
        codes = {row["call_sid"]: row["code"] for row in day.house.export("tickets")}
        self.twin = codes[twin]
        for played in self.asked.values():
            played.code = codes[played.earlier]

    def __call__(self, day):
        """Take who is waiting, open the queue to others, then ask who was answered."""
        operators = self.place.exchange.operators
        with (
            Telephone(number="201", address="127.0.0.1") as desk,
            Telephone(port=self.place.exchange.trunk_port) as city,
        ):
            desk.register("201", operators["201"], f"127.0.0.1:{self.place.exchange.sip_port}")
            self.place.exchange.reaches("trunk")
            try:
                for n, call in enumerate(callbacks()):
                    self._takes(call, n, desk, city)
            finally:
                self.day.opens_the_queue()
            live.play(self.day, city)
            self._answers()
            for _ in self.asked:
                self._is_asked(city)

    # operators

    def _takes(self, call, n, desk, city):
        played = self.desk[call["call"]] = Played(stories.Story(call["call"], call["knew"], []), f"0913138{n:04}")
        try:
            with self.day.air:
                self._asks(call, self.day.exchange.dials(played.international))
            self.reza.post("/callbacks", "/callbacks/next")
            held = self.reza.holds()
            assert self.reza.post("/callbacks", f"/callbacks/{held}/dial").status_code == 200
            with self._telephone(desk, played):
                for turn in call["turns"]:
                    self._turns(played, turn, call, city)
            if ends(call):
                self.suggested[call["call"]] = self.day.house.until(self.reza.suggested, seconds=20)
        except Exception as trouble:  # noqa: BLE001  # told by the test of this call
            played.trouble = trouble
        finally:
            self._leaves_nothing(desk, city)
            self.reza.post("/callbacks", f"/callbacks/{self._held()}/wrap-up", disposition="reached", note="-")

    def _asks(self, call, caller):
        if call["knew"]["callback_type"] == "clarify":
            caller.presses("1").presses("3").presses("3").is_silent().is_silent().presses("1")
        else:
            caller.presses("0")

    @contextmanager
    def _telephone(self, telephone, played):
        telephone.wait_ringing(RINGING_SECONDS)
        played.citizen = Citizen(telephone)
        try:
            yield played.citizen
        finally:
            if played.citizen.turns:
                played.citizen.is_done()
            played.citizen.telephone = None

    def _turns(self, played, turn, call, city):
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
                self._becomes(status, operator, city)
        if turn["hears"]:
            operator.turns[-1].hears = turn["hears"]
        if "dials" in turn:
            self._rings(played, city)
            if ends(call) == "completed":
                self._talk(played, city)
        elif turn["hears"] and not _is_last(turn, call):
            operator.listens()
        elif _is_last(turn, call):
            operator.telephone.wait_over(RINGING_SECONDS)

    def _rings(self, played, city):
        city.wait_ringing(RINGING_SECONDS)
        self.rung[played.story.name] = city._news[0]["called"]

    def _becomes(self, status, operator, city):
        if status in CODES:
            city.answer(CODES[status])
        elif status == "completed" and not operator.telephone.over:
            city.hangs_up()

    def _talk(self, played, city):
        """Both say something at once, and hear each other."""
        city.answer()
        mine, yours = self.day.sentences[:2]
        played.citizen.speaks(mine)
        city.speaks(yours)
        city.hears(0.5)
        played.voices = {"operator": (mine, city.heard()), "citizen": (yours, played.citizen.telephone.heard())}

    def _held(self):
        found = re.search(r'action="/callbacks/(\d+)/wrap-up"', self.reza.get("/callbacks").text)
        return found[1] if found else self.reza.holds()

    def _leaves_nothing(self, *telephones):
        for telephone in telephones:
            with suppress(TimeoutError):
                if telephone.state not in ("NULL", "DISCONNECTED"):
                    telephone.hangs_up()

    # citizens

    def _answers(self):
        """Answer all that is to be asked about: the hotline begins to call by itself."""
        kinds = {call["call"]: call["knew"]["answer_kind"] for call in feedback()}
        for name, played in self.asked.items():
            self._moves(played, "answer", kind=kinds[name], text="-")

    def _moves(self, played, how, **form):
        page = f"/tickets/{played.code}"
        text = self.reza.get(page).text
        ticket = re.search(r'action="/tickets/(\d+)/', text)[1]
        looked_at = dict(re.findall(r'name="(version)" value="(\d+)"', text))
        assert self.reza.post(page, f"/tickets/{ticket}/{how}", **looked_at, **form).status_code == 200

    def _is_asked(self, city):
        """Be rung, see whose call it is, and do as the transcript says."""
        try:
            city.wait_ringing(RINGING_SECONDS)
        except TimeoutError as trouble:
            for played in self.asked.values():
                played.trouble = trouble if played.citizen is None else played.trouble
            return
        called = re.search(r"sip:(\d+)@", city._news[0]["called"])[1]
        (played,) = (one for one in self.asked.values() if one.number == called)
        try:
            with self._telephone(city, played) as citizen:
                citizen.picks_up()
                for step in played.story.steps:
                    if played.story.name.startswith("somebody has changed") and step.does == "1":
                        self._moves(played, "join", code=self.twin)
                    self.day.does(played, step, list(self.asked).index(played.story.name))
                if not citizen.telephone.over:
                    citizen.telephone.wait_over()
        except Exception as trouble:  # noqa: BLE001
            played.trouble = trouble
        finally:
            self._leaves_nothing(city)


def _is_last(turn, call):
    return turn is call["turns"][-1]
