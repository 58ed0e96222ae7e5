"""What a Catalogue holds."""

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.catalogue.lists import AnswerTemplate, Category, District, ReviewForm, Situation, Unit
from ivr.flow import Flow


@dataclass(frozen=True)
class Catalogue:
    """Everything callflows/ says, in one language."""

    language: str
    flows: Mapping[str, Flow]
    prompts: Mapping[str, str]
    terms: Mapping[str, str]
    districts: tuple[District, ...]
    categories: tuple[Category, ...]
    units: tuple[Unit, ...]
    answers: tuple[AnswerTemplate, ...] = ()
    situations: tuple[Situation, ...] = ()
    reviews: tuple[ReviewForm, ...] = ()

    def category(self, code: str) -> Category:
        """Find a category of either level. Raises KeyError."""
        for first in self.categories:
            for category in first.family():
                if category.code == code:
                    return category
        raise KeyError(code)

    def district(self, code: str) -> District:
        """Find a district. Raises KeyError, for "unknown" too."""
        for district in self.districts:
            if district.code == code:
                return district
        raise KeyError(code)

    def unit(self, code: str) -> Unit:
        """Find a unit. Raises KeyError."""
        for unit in self.units:
            if unit.code == code:
                return unit
        raise KeyError(code)

    def situation(self, code: str) -> Situation:
        """Find a kind of situation. Raises KeyError."""
        for situation in self.situations:
            if situation.code == code:
                return situation
        raise KeyError(code)

    def answers_for(self, category: str) -> tuple[AnswerTemplate, ...]:
        """List the words offered for answering a ticket of this subject."""
        first = category.split(".", maxsplit=1)[0]
        return tuple(one for one in self.answers if not one.categories or first in one.categories)

    def category_codes(self) -> frozenset[str]:
        return frozenset(category.code for first in self.categories for category in first.family())

    def district_codes(self) -> frozenset[str]:
        """Give every value a ticket's district may have."""
        return frozenset({"unknown", *(district.code for district in self.districts)})
