"""What a call flow may say: the shape of a file in callflows/."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ivr.flow.graph import circle, reachable

Key = Annotated[str, Field(pattern=r"^[0-9*#]$")]
Positive = Annotated[int, Field(gt=0)]
Action = Literal[
    "open_ticket",
    "find_ticket",
    "add_note",
    "queue_callback",
    "check_number",
    "confirm_solved",
    "reject_solved",
    "join_session",
    "hear_take",
    "keep_take",
]

DEFAULTED = frozenset({"menu", "digits", "record"})


class Part(BaseModel):
    """Frozen, and closed to misspelt keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(Part):
    """A node; what it sets, or copies from other facts, is known from the moment a call comes to it."""

    sets: dict[str, str] = Field(default_factory=dict, alias="set")
    copies: dict[str, str] = Field(default_factory=dict, alias="copy")

    def exits(self) -> set[str]:
        return set()

    def prompts(self) -> tuple[str, ...]:
        """Name every prompt this node can speak."""
        return ()


class Say(Step):
    """Speaks; if a question follows at once, a key may cut short what is interruptible."""

    type: Literal["say"]
    prompt: str
    interruptible: bool = False
    next: str

    def exits(self) -> set[str]:
        return {self.next}

    def prompts(self) -> tuple[str, ...]:
        return (self.prompt,)


class Tell(Step):
    """Speaks the prompts that a fact names, one after the other; says nothing if it names none."""

    type: Literal["tell"]
    fact: str
    interruptible: bool = False
    next: str

    def exits(self) -> set[str]:
        return {self.next}


class Choice(Part):
    """One key of a menu; its own prompt is spoken after the menu's."""

    next: str
    value: str | None = None
    prompt: str | None = None


class Question(Step):
    """A node that waits for keys, and forgives silence and mistakes."""

    prompt: str
    save: str | None = None
    timeout: Positive = 5
    tries: Positive = 3
    noinput: str = "no_input"
    nomatch: str = "no_match"
    otherwise: str
    repeat: Annotated[str, Field(pattern=r"^[0-9*#]?$")] = "*"  # empty: no key repeats

    def spoken(self) -> tuple[str, ...]:
        """Name what is spoken when the question is asked, in order."""
        return (self.prompt,)

    def prompts(self) -> tuple[str, ...]:
        apologies = (self.noinput, self.nomatch) if self.tries > 1 else ()
        return (*self.spoken(), *apologies)


class Menu(Question):
    type: Literal["menu"]
    choices: Annotated[dict[Key, Choice], Field(min_length=1)]

    @model_validator(mode="after")
    def saves_something(self) -> "Menu":
        mute = [key for key, choice in self.choices.items() if self.save and choice.value is None]
        if mute:
            raise ValueError(f"key {mute[0]} has no value to save as {self.save!r}")
        return self

    def exits(self) -> set[str]:
        return {self.otherwise} | {choice.next for choice in self.choices.values()}

    def spoken(self) -> tuple[str, ...]:
        return (self.prompt, *(choice.prompt for choice in self.choices.values() if choice.prompt))


class Digits(Question):
    type: Literal["digits"]
    min_length: Positive
    max_length: Positive
    next: str

    def exits(self) -> set[str]:
        return {self.next, self.otherwise}


class Record(Step):
    type: Literal["record"]
    prompt: str
    save: str = "recording"
    max_seconds: Positive = 120
    silence_seconds: Positive = 5
    tries: Positive = 2
    noinput: str = "nothing_recorded"
    next: str
    otherwise: str

    def exits(self) -> set[str]:
        return {self.next, self.otherwise}

    def prompts(self) -> tuple[str, ...]:
        return (self.prompt, self.noinput) if self.tries > 1 else (self.prompt,)


class Branch(Step):
    """Goes by what is known: `*` stands for any value, `otherwise` for none that is named."""

    type: Literal["branch"]
    on: str
    cases: dict[str, str]
    otherwise: str

    def exits(self) -> set[str]:
        return {self.otherwise, *self.cases.values()}


class Do(Step):
    """Asks the desk for something; the engine itself does nothing."""

    type: Literal["do"]
    action: Action
    results: dict[str, str] = Field(default_factory=dict)
    next: str

    def exits(self) -> set[str]:
        return {self.next, *self.results.values()}


class Transfer(Step):
    """Bridges another telephone; `number` and `caller_id` name facts."""

    type: Literal["transfer"]
    number: str
    caller_id: str | None = None
    timeout: Positive | None = None  # seconds to ring; None: as the settings say
    record: bool = False
    results: dict[str, str] = Field(default_factory=dict)
    next: str

    def exits(self) -> set[str]:
        return {self.next, *self.results.values()}


class Hangup(Step):
    type: Literal["hangup"]
    prompt: str | None = None

    def prompts(self) -> tuple[str, ...]:
        return (self.prompt,) if self.prompt else ()


Node = Annotated[Say | Tell | Menu | Digits | Record | Branch | Do | Transfer | Hangup, Field(discriminator="type")]


class Flow(Part):
    id: str
    start: str
    on_hangup: str
    otherwise: str | None = None  # where questions lead that name no `otherwise` of their own
    nodes: dict[str, Node]

    @model_validator(mode="before")
    @classmethod
    def give_questions_an_otherwise(cls, raw: Any) -> Any:
        """Write the flow's own `otherwise` into every waiting node that names none."""
        if not isinstance(raw, dict) or not isinstance(raw.get("nodes"), dict) or not raw.get("otherwise"):
            return raw
        default = {"otherwise": raw["otherwise"]}
        nodes = {
            name: {**default, **node} if isinstance(node, dict) and node.get("type") in DEFAULTED else node
            for name, node in raw["nodes"].items()
        }
        return {**raw, "nodes": nodes}

    @model_validator(mode="after")
    def every_exit_leads_somewhere(self) -> "Flow":
        named = {"start": self.start, "on_hangup": self.on_hangup, "otherwise": self.otherwise}
        for key, target in named.items():
            if target is not None and target not in self.nodes:
                raise ValueError(f"{key} names {target!r}, which does not exist")
        for name, node in self.nodes.items():
            for target in sorted(node.exits() - self.nodes.keys()):
                raise ValueError(f"node {name!r} leads to {target!r}, which does not exist")
        return self

    @model_validator(mode="after")
    def every_node_is_reachable(self) -> "Flow":
        if lost := self.nodes.keys() - reachable(self._exits(), {self.start, self.on_hangup}):
            raise ValueError(f"no call can reach {', '.join(sorted(lost))}")
        return self

    @model_validator(mode="after")
    def no_circle_without_a_wait(self) -> "Flow":
        restless = {
            name: node.exits() for name, node in self.nodes.items() if isinstance(node, Say | Tell | Branch | Do)
        }
        if round_trip := circle(restless):
            raise ValueError(f"talks in circles: {' -> '.join(round_trip)}")
        return self

    @model_validator(mode="after")
    def asks_nothing_after_a_hangup(self) -> "Flow":
        loud = {name for name, node in self.nodes.items() if not isinstance(node, Branch | Do | Hangup)}
        if asked := loud & reachable(self._exits(), {self.on_hangup}):
            raise ValueError(f"on_hangup leads to {', '.join(sorted(asked))}, but nobody is there to hear it")
        return self

    def prompts(self) -> set[str]:
        return {prompt for node in self.nodes.values() for prompt in node.prompts()}

    def _exits(self) -> dict[str, set[str]]:
        return {name: node.exits() for name, node in self.nodes.items()}
