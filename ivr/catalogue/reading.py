"""From files to one frozen Catalogue."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from ivr.catalogue.contents import Catalogue
from ivr.catalogue.lists import AnswerTemplate, Categories, District, ReviewForm, Unit
from ivr.catalogue.problems import errors
from ivr.catalogue.situations import Situations
from ivr.flow import Flow

T = TypeVar("T")

LISTS = ("districts", "categories", "units", "answers", "situations", "reviews")


class CatalogueError(Exception):
    """The call flows cannot be used; the message names the file and what is wrong there."""


class Words(BaseModel):
    """The shape of prompts.<language>.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompts: dict[str, str]
    terms: dict[str, str]


def read(callflows_dir: Path, language: str) -> Catalogue:
    """Read every file. Raises CatalogueError when one has not the right shape."""
    words = _parse(callflows_dir / f"prompts.{language}.yaml", TypeAdapter(Words))
    districts = _parse(callflows_dir / "districts.yaml", TypeAdapter(tuple[District, ...]))
    special = _parse(callflows_dir / "situations.yaml", TypeAdapter(Situations))
    kinds = _shaped("situations.yaml", special.kinds)
    categories = _parse(callflows_dir / "categories.yaml", TypeAdapter(Categories), special).categories
    units = _parse(callflows_dir / "units.yaml", TypeAdapter(tuple[Unit, ...]))
    answers = _parse(callflows_dir / "answers.yaml", TypeAdapter(tuple[AnswerTemplate, ...]))
    reviews = _parse(callflows_dir / "reviews.yaml", TypeAdapter(tuple[ReviewForm, ...]))
    names = {f"district.{one.code}": one.name for one in districts}
    names |= {f"situation.{kind.code}": kind.spoken for kind in kinds}
    names |= {f"category.{one.code}": one.name for first in categories for one in first.family()}
    flows, terms = _flows(callflows_dir), {**names, **words.terms}
    return Catalogue(language, flows, words.prompts, terms, districts, categories, units, answers, kinds, reviews)


def load(callflows_dir: Path, language: str) -> Catalogue:
    """Read every file and insist that they fit together. Raises CatalogueError."""
    catalogue = read(callflows_dir, language)
    if wrong := errors(catalogue):
        raise CatalogueError("\n".join(str(problem) for problem in wrong))
    return catalogue


def _flows(callflows_dir: Path) -> dict[str, Flow]:
    flows = {}
    for path in sorted(callflows_dir.glob("*.yaml")):
        if path.stem in LISTS or path.stem.startswith("prompts."):
            continue
        flow = _parse(path, TypeAdapter(Flow))
        if flow.id != path.stem:
            raise CatalogueError(f"{path.name}: its id is {flow.id!r}, but should be {path.stem!r}")
        flows[flow.id] = flow
    return flows


def _parse(path: Path, shape: TypeAdapter[T], special: Situations | None = None) -> T:
    try:
        raw = yaml.load(path.read_text(encoding="utf-8"), Plain)  # noqa: S506  # makes strings only
    except FileNotFoundError:
        raise CatalogueError(f"{path.name}: there is no such file in {path.parent.name}/") from None
    except yaml.YAMLError as error:
        raise CatalogueError(f"{path.name}: {error}") from error
    match special, raw:
        case Situations(), {"categories": list(entries)}:
            raw = {**raw, "categories": [*entries, special.family()]}
    return _shaped(path.name, lambda: shape.validate_python(raw))


def _shaped(name: str, make: Callable[[], T]) -> T:
    """Make something of a file's contents. Raises CatalogueError, which names the file, if they have not the shape."""
    try:
        return make()
    except ValidationError as error:
        lines = [f"{name}: {_plain_english(part)}" for part in error.errors()]
        raise CatalogueError("\n".join(lines)) from error


def _plain_english(error: ErrorDetails) -> str:
    place = ".".join(str(step) for step in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


class Plain(yaml.BaseLoader):
    """Makes strings, lists and mappings, and refuses a name given twice in one mapping."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [key.value for key, _ in node.value]
        for name in names:
            if names.count(name) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{name!r} is there twice", node.start_mark)
        return super().construct_mapping(node, deep)
