"""Situations: each brings a category of its own, which lives among the others."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from ivr.catalogue.lists import Situation


class Situations(BaseModel):
    """The shape of situations.yaml: the category that theirs hang under, and the kinds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category: dict[str, Any]
    situations: tuple[dict[str, Any], ...]

    def kinds(self) -> tuple[Situation, ...]:
        """Give the kinds. Raises ValidationError for one that has not the right shape."""
        return tuple(Situation(**{**one, "category": self._category(one)["code"]}) for one in self.situations)

    def family(self) -> dict[str, Any]:
        """Give the categories as categories.yaml would have them."""
        return {
            **self.category,
            "temporary": "true",
            "children": [{**self._category(one), "temporary": "true"} for one in self.situations],
        }

    def _category(self, situation: dict[str, Any]) -> dict[str, Any]:
        """Complete a kind's category: by its own code and name where it says nothing else."""
        code = f"{self.category.get('code', '')}.{situation.get('code', '')}"
        return {"code": code, "name": situation.get("name", ""), **situation.get("category", {})}
