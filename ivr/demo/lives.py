"""Tickets: opened by a voice, referred, answered in time or late, confirmed, denied, or never heard of again."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from db.models import Ticket, TicketEvent, User
from ivr.catalogue import Category
from ivr.demo import people, promises, telephone
from ivr.demo.callers import Rings
from ivr.demo.clock import Clock
from ivr.demo.habits import (
    ASKED_AGAIN,
    BY_PERSON,
    LONG_AGO,
    NOT_FEASIBLE,
    REFINED,
    ROUNDS,
    SATISFIED,
    UNREFERRED,
    in_time,
)
from ivr.demo.office import moment
from ivr.demo.promises import Promise
from ivr.demo.town import Town


class NotYet(Exception):
    """What comes next lies in the future."""


@dataclass
class Life:
    """One ticket, from its call to its end, as far as time has come."""

    town: Town
    rings: Rings
    ticket_id: int
    opened: float
    district: str
    category: str
    joined: list[tuple[float, str, str | None]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    main: "Life | None" = None
    row: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.code = self.town.code(self.ticket_id)
        self.subject: Category = self.town.desk.catalogue.category(self.category)
        self.row = {"state": "new", "holder": "", "answers": 0, "rejections": 0, "closed_at": None}
        self.now = self.opened
        self.looked_at = self.town.at_the_desk(self.opened + 120 + self.town.rng.expovariate(1 / 2400))
        self.clock = Clock(self.town.office, self.subject, self.opened)

    def live(self) -> None:
        """Go through what happens to it, and write it down."""
        self.joined.sort(key=lambda one: one[0])
        self.write("opened", "citizen", text="")
        telephone.speak(self.town, self.rings.rung, "issue", self.ticket_id)
        with suppress(NotYet):
            self._be_looked_at()
        self._save()

    def at(self, when: float) -> float:
        """Go on to a moment; stop if it has not come."""
        if when > self.town.end:
            raise NotYet
        self.now = max(when, self.now + 1)
        return self.now

    def write(self, kind: str, author: str, **said: str) -> None:
        while self.joined and self.joined[0][0] <= self.now:
            at, code, _ = self.joined[0]
            self.row.setdefault("callers", []).append(self.joined.pop(0)[2])
            self._event(at, "joined", self.row.get("operator", "system"), {"new": code})
        self._event(self.now, kind, author, said)

    def _event(self, at: float, kind: str, author: str, said: dict[str, str]) -> None:
        self.events.append({"ticket_id": self.ticket_id, "at": moment(at), "author": author, "kind": kind, **said})
        telephone.write_down(self.town, self.rings.rung.id, said.get("text", ""))

    def move(self, state: str, author: str, text: str = "") -> None:
        self.write("state", author, old=self.row["state"], new=state, text=text)
        self.row["state"] = state
        if state in ("answered", "not_feasible", "out_of_scope", "duplicate"):
            self.clock.stop(self.now)

    # The desk

    def _be_looked_at(self) -> None:
        town = self.town
        self.at(self.looked_at)
        user = town.operator(self.now)
        self.row["operator"] = user.name
        if self.main is not None:
            return self._repeat(user, self.main)
        self._refine(user)
        if self.rings.asks:
            return self._call_first(user)
        return self._go_to_somebody(user)

    def repeats(self, main: "Life") -> None:
        """Turn out to report what another ticket reports; its caller will be asked, too."""
        self.main = main
        main.joined.append((self.looked_at, self.code, self.rings.number))

    def _repeat(self, user: User, main: "Life") -> None:
        self.row |= {"duplicate_of": main.ticket_id, "closed_at": moment(self.now)}
        self.move("duplicate", user.name, main.code)

    def _refine(self, user: User) -> None:
        chosen = self.town.pick(REFINED.get(self.category, {self.category: 1.0}))
        children = self.town.desk.catalogue.category(chosen).children
        code = self.town.rng.choice(children).code if children else chosen
        if code != self.category:
            self.write("category", user.name, old=self.category, new=code)
            self.category, self.subject = code, self.town.desk.catalogue.category(code)
            self.clock = Clock(self.town.office, self.subject, self.opened)
        if self.district == "unknown" and self.town.chance(0.7) and self.rings.wanted == "report":
            district = self.town.rng.choice(self.town.desk.catalogue.districts).code
            self.write("district", user.name, old="unknown", new=district)
            self.district = district

    def _call_first(self, user: User) -> None:
        """Keep the promise that the menu gave; then go on."""
        if self.rings.number:
            kept = promises.keep(self.town, self._promise("clarify", self.opened, call=True), 1.0)
            if kept.at is None:
                raise NotYet
            self.at(kept.at)
            self.write("callback", kept.user.name if kept.user else user.name, new=kept.disposition, text=kept.text)
        self._go_to_somebody(user)

    def _go_to_somebody(self, user: User) -> None:
        if self.district == "unknown" and self.subject.unit == "district":
            self.district = self.town.rng.choice(self.town.desk.catalogue.districts).code
            self.write("district", user.name, old="unknown", new=self.district)
        holder = f"district.{self.district}" if self.subject.unit == "district" else f"unit.{self.subject.unit}"
        if self.town.desk.catalogue.unit(self.subject.unit).external:
            self.move("out_of_scope", user.name, self.town.some("handed_over"))
            self.write("referral", user.name, old="", new=holder)
            return self._told(holder)
        if self.town.chance(UNREFERRED):
            raise NotYet
        self.move("referred", user.name, self.town.some("referred") if self.town.chance(0.4) else "")
        self.write("referral", user.name, old="", new=holder)
        self.row["holder"] = holder
        if self.town.chance(ASKED_AGAIN) and self.rings.number:
            self._ask_place(holder)
        return self._be_answered(holder, 1)

    # The unit

    def _ask_place(self, holder: str) -> None:
        self.at(self.town.office.after(self.now, self.town.rng.uniform(1000, 9000)))
        self.write("ask_place", people.user_of(holder), text=self.town.some("place_missing"))
        self.clock.stop(self.now)
        self.row["waits_for_place"] = True
        kept = promises.keep(self.town, self._promise("clarify", self.now), 1.0)
        if kept.at is None:
            raise NotYet
        self.at(kept.at)
        who = kept.user.name if kept.user else "system"
        self.write("callback", who, new=kept.disposition, text=kept.text)
        self.row["waits_for_place"] = False
        if kept.disposition == "reached":
            place = f"{self.town.some('streets')}\u060c {self.town.some('places')}"
            self.row["address"] = place
            self.write("place", who, text=place)
        else:
            self.write("place_unknown", "system")
        self.clock.resume(self.now)

    def _be_answered(self, holder: str, time: int) -> None:
        town = self.town
        began, user = self.now, people.user_of(holder)
        ready = self._ready(time)
        if town.chance(0.6):
            self.at(self.clock.after(began, self.clock.between(began, ready) * town.rng.uniform(0.1, 0.5)))
            self.move("in_progress", user)
        if time == 1 and town.chance(NOT_FEASIBLE):
            self.at(ready)
            self.move("not_feasible", user, town.some("not_feasible"))
            return self._told(holder)
        self.at(max(ready, *(at + 600 for at, _, _ in self.joined), began + 300))
        template = town.rng.choice(town.desk.catalogue.answers_for(self.category))
        self.move("answered", user, template.text)
        self.write("answer", user, new=template.kind)
        self.row |= {"answer": template.text, "answer_kind": template.kind, "answered_at": moment(self.now)}
        self.row.setdefault("first_answered_at", moment(self.now))
        self.row["answers"] += 1
        return self._be_confirmed(holder, time, template.kind)

    def _ready(self, time: int) -> float:
        """Say when the answer comes: within the promise, or after it, each as often as they do."""
        town, now = self.town, self.now
        left = self.clock.between(now, self.clock.due)
        kept = town.chance(in_time(self.district, self.subject.unit)) and left > 0
        share = town.rng.betavariate(1.6, 2.6) if kept else 1.02 + town.rng.expovariate(2.2)
        base = max(left, self.clock.promised * (0.25 if time > 1 or not kept else 0.05))
        return self.clock.after(now, base * min(share, LONG_AGO))

    # The citizen

    def _be_confirmed(self, holder: str, time: int, kind: str) -> None:
        """Ask everybody who reported it; one who says no sends it back."""
        answered = self.now
        heard = []
        for number in dict.fromkeys((self.rings.number, *self.row.get("callers", ()))):
            if number:
                promise = self._promise("feedback", answered, number=number, answer=kind)
                promise.machine = not self.town.chance(BY_PERSON)
                heard.append(promises.keep(self.town, promise, SATISFIED[self.district]))
        if any(kept.at is None for kept in heard):
            self.row["feedback_due_at"] = moment(answered)
            raise NotYet
        for kept in sorted(heard, key=lambda one: one.at or 0):
            self.at(kept.at or 0)
            if kept.outcome == "rejected":
                return self._denied(holder, time)
            if kept.outcome == "confirmed":
                self.write("feedback", kept.user.name if kept.user else "citizen", new="confirmed")
        said_yes = any(kept.outcome == "confirmed" for kept in heard)
        return self._close("confirmed" if said_yes else "closed_unconfirmed", "citizen" if said_yes else "system")

    def _denied(self, holder: str, time: int) -> None:
        self.move("rejected", "citizen", "")
        self.row["rejections"] += 1
        self.write("recording", "citizen", new="note")
        self.clock.resume(self.now)
        if time >= ROUNDS:
            raise NotYet
        self._be_answered(holder, time + 1)

    def _told(self, holder: str) -> None:
        """Close it with a word to the citizen."""
        self.row["holder"], self.row["answers"] = holder, self.row["answers"] + 1
        self.row["closed_at"] = moment(self.now)
        if not self.rings.number:
            return
        kept = promises.keep(self.town, self._promise("result", self.now), 1.0)
        if kept.at is not None:
            self.at(kept.at)
            self.write("callback", kept.user.name if kept.user else "system", new=kept.disposition, text=kept.text)

    def _close(self, state: str, author: str) -> None:
        self.move(state, author)
        self.row["closed_at"] = moment(self.now)

    def _promise(
        self, kind: str, asked: float, *, number: str | None = None, call: bool = False, answer: str = "done"
    ) -> Promise:
        return Promise(
            kind,
            number or self.rings.number or "",
            asked,
            self.ticket_id,
            self.rings.rung.id if call else None,
            self.district,
            self.category,
            self.clock.round_the_clock,
            self.row["answers"],
            kind=answer,
        )

    def _save(self) -> None:
        for at, code, _ in self.joined:
            if at <= self.town.end:
                self._event(at, "joined", self.row.get("operator", "system"), {"new": code})
        self.events.sort(key=lambda one: one["at"])
        known = {name: value for name, value in self.row.items() if name not in ("callers", "operator")}
        self.town.rows.add(
            Ticket,
            id=self.ticket_id,
            code=self.code,
            call_id=self.rings.rung.id,
            category=self.category,
            district=self.district,
            unit=self.subject.unit,
            priority=self.subject.priority,
            caller=self.rings.number,
            opened_at=moment(self.opened),
            due_at=moment(self.clock.due),
            changed_at=self.events[-1]["at"],
            clock_left=self.clock.left,
            version=len(self.events),
            **known,
        )
        for event in self.events:
            self.town.rows.add(TicketEvent, **event)
        telephone.find_by(self.town, self.ticket_id, [event.get("text", "") for event in self.events])
