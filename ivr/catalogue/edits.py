"""What an administrator changed of callflows/: laid over the files, and judged as they are."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import ValidationError

from ivr.catalogue.contents import Catalogue
from ivr.catalogue.lists import Category, District, Entry, Unit
from ivr.catalogue.problems import SLOT, Problem, errors
from ivr.catalogue.reading import CatalogueError

E = TypeVar("E", bound=Entry)
Edits = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Kind (prompts, categories, districts, units), code, and what is different about it."""

CODES = {
    "categories": re.compile(r"[a-z][a-z0-9_]{1,15}(\.[a-z0-9_]{1,20})?"),
    "districts": re.compile(r"[1-9][0-9]?"),
    "units": re.compile(r"[a-z][a-z0-9_]{1,18}"),
}


def revised(files: Catalogue, edits: Edits) -> Catalogue:
    """Lay changes over what the files say. Raises CatalogueError for a change that has not the right shape."""
    districts = _list("districts", files.districts, edits, District)
    units = _list("units", files.units, edits, Unit)
    categories = _categories(files.categories, edits.get("categories", {}))
    words = {code: str(edit.get("words", "")) for code, edit in edits.get("prompts", {}).items()}
    if unknown := sorted(words.keys() - files.prompts.keys()):
        raise CatalogueError(f"prompts: there is no {unknown[0]!r}")
    names = {f"district.{one.code}": one.name for one in districts if one.code in edits.get("districts", {})}
    changed = edits.get("categories", {})
    names |= {f"category.{one.code}": one.name for top in categories for one in top.family() if one.code in changed}
    return replace(
        files,
        prompts={**files.prompts, **words},
        terms={**files.terms, **names},
        districts=districts,
        units=units,
        categories=categories,
    )


def faults(files: Catalogue, edits: Edits) -> list[Problem]:
    """List what is wrong with changes: what `ivr check` would find, and slots that a prompt's calls do not know."""
    try:
        whole = revised(files, edits)
    except CatalogueError as why:
        return [Problem("error", "", line) for line in str(why).splitlines()]
    return [*errors(whole), *_strange_slots(files, whole)]


def _strange_slots(files: Catalogue, whole: Catalogue) -> Iterator[Problem]:
    for prompt, words in whole.prompts.items():
        known = {slot[0] for slot in SLOT.finditer(files.prompts[prompt])}
        for slot in sorted({slot[0] for slot in SLOT.finditer(words)} - known):
            yield Problem("error", "prompts", f"{prompt!r} is never told {slot}")


def _list(kind: str, entries: tuple[E, ...], edits: Edits, shape: type[E]) -> tuple[E, ...]:
    changes = edits.get(kind, {})
    known = {one.code for one in entries}
    _check_codes(changes.keys() - known, CODES[kind])
    changed = [_shaped(one.model_dump() | dict(changes.get(one.code, {})), shape) for one in entries]
    new = [_shaped({"code": code, **edit}, shape) for code, edit in changes.items() if code not in known]
    return (*changed, *new)


def _categories(firsts: tuple[Category, ...], changes: Mapping[str, Mapping[str, Any]]) -> tuple[Category, ...]:
    """Change categories of either level; a new one hangs under its parent, or stands for itself."""
    known = {one.code for first in firsts for one in first.family()}
    _check_codes(changes.keys() - known, CODES["categories"])
    new = [_shaped({"code": code, **edit}, Category) for code, edit in changes.items() if code not in known]
    tops = {one.code for one in (*firsts, *new) if one.parent is None}
    for one in new:
        if one.parent is not None and one.parent not in tops:
            raise CatalogueError(f"{one.code}: its parent {one.parent!r} is no first-level category")
        if one.code.rpartition(".")[0] != (one.parent or ""):
            raise CatalogueError(f"{one.code}: a code begins with that of its parent, and a dot")
    return tuple(_family(first, changes, new) for first in (*firsts, *(one for one in new if one.parent is None)))


def _family(first: Category, changes: Mapping[str, Mapping[str, Any]], new: list[Category]) -> Category:
    children = [_shaped(one.model_dump() | dict(changes.get(one.code, {})), Category) for one in first.children]
    children += [one for one in new if one.parent == first.code]
    top = _shaped(first.model_dump(exclude={"children"}) | dict(changes.get(first.code, {})), Category)
    return top.model_copy(update={"children": tuple(children)})


def _check_codes(new: set[str], shape: re.Pattern[str]) -> None:
    for code in sorted(new):
        if not shape.fullmatch(code):
            raise CatalogueError(f"{code!r} is no code")


def _shaped(raw: dict[str, Any], shape: type[E]) -> E:
    try:
        found = shape.model_validate(raw)
    except ValidationError as error:
        lines = [f"{raw['code']}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise CatalogueError("\n".join(lines)) from error
    if not found.name.strip():
        raise CatalogueError(f"{found.code}: it has no name")
    return found
