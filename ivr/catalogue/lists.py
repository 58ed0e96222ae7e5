"""The lists a city keeps: districts, units, and categories in two levels."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Priority = Literal["urgent", "normal", "civil"]
Hours = Annotated[int, Field(gt=0)]

INHERITED = ("priority", "unit", "sla_hours")


class Entry(BaseModel):
    """Frozen, and closed to misspelt keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name: str


class District(Entry):
    """A district of the city; who lives there is known by census, or estimated."""

    code: Annotated[str, Field(pattern=r"^[1-9][0-9]?$")]
    landmarks: tuple[str, ...] = ()
    population: Annotated[int, Field(gt=0)] | None = None
    population_is_estimate: bool = False


class Unit(Entry):
    """Who receives referrals; an external one is a body outside the city, to which tickets are handed over."""

    external: bool = False


class AnswerTemplate(Entry):
    """Words to answer with, of one kind ("done", "planned", "explained"), for some first-level subjects, or all."""

    kind: Literal["done", "planned", "explained"]
    categories: tuple[str, ...] = ()
    text: str


class Situation(Entry):
    """A day unlike others: what is said before the menu, which short menu, for how long, and how its reports count.

    `spoken` is how the short menu names what is reported; `category` is that of its reports.
    """

    spoken: str
    banner: str
    menu: Literal["trouble", "feast"]
    hours: Hours
    category: str

    def facts(self) -> dict[str, str]:
        """Give what a call flow has to know while it is on air."""
        return {
            "situation": self.code,
            "banner": self.banner,
            "situation_menu": self.menu,
            "situation_category": self.category,
        }


class Criterion(Entry):
    """One thing that a talk is judged by; a mark below `least` fails the whole talk."""

    weight: Annotated[int, Field(gt=0, le=100)]
    least: Annotated[int, Field(ge=0, le=100)] = 0


class ReviewForm(Entry):
    """What talks are graded by."""

    threshold: Annotated[int, Field(ge=0, le=100)]
    flows: tuple[str, ...] = ()
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def weights_make_a_hundred(self) -> "ReviewForm":
        if sum(one.weight for one in self.criteria) != 100:  # noqa: PLR2004  # per cent
            raise ValueError("the weights of its criteria do not make 100")
        return self


class Category(Entry):
    """A subject; a first-level one carries the second level as its children."""

    unit: str
    priority: Priority
    sla_hours: Hours
    parent: str | None = None
    temporary: bool = False  # of a situation: offered while it is on air
    children: tuple["Category", ...] = ()

    def family(self) -> "tuple[Category, ...]":
        """Give this category and those under it."""
        return (self, *self.children)


class Categories(BaseModel):
    """The shape of categories.yaml: what a child leaves out, it has from its parent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sla_hours: dict[Priority, Hours]
    categories: tuple[Category, ...]

    @model_validator(mode="before")
    @classmethod
    def pass_down(cls, raw: Any) -> Any:
        match raw:
            case {"sla_hours": dict(hours), "categories": list(entries)}:
                return {**raw, "categories": [_complete(entry, hours) for entry in entries]}
            case _:
                return raw


def _complete(entry: Any, hours: dict[str, str]) -> Any:
    if not isinstance(entry, dict):
        return entry
    priority = entry.get("priority", "normal")
    whole = {"priority": priority, "sla_hours": hours.get(priority), **entry}
    children = entry.get("children", ())
    return {**whole, "children": [_complete(_inherit(child, entry), hours) for child in children]}


def _inherit(child: Any, parent: dict[str, Any]) -> Any:
    """Hours follow the child's own priority, if it has one."""
    if not isinstance(child, dict):
        return child
    kept = {name: parent[name] for name in INHERITED if name in parent}
    if "priority" in child:
        kept.pop("sla_hours", None)
    return {"parent": parent.get("code"), **kept, **child}
