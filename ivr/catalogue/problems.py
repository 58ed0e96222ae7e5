"""What `ivr check` finds: errors a caller would meet, and warnings for the editor."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivr.catalogue.contents import Catalogue
from ivr.flow import Flow
from ivr.flow.definition import Menu

# Spoken by the voice webhooks when something of ours has failed, and by the browser phone of those who have no
# microphone; no flow leads there.
OUTSIDE_FLOWS = frozenset({"apology", "apology_end", "phone_sample"})

KINDS = frozenset({"code", "digits", "phone", "number", "date", "hour"})
SLOT = re.compile(r"\{(?P<fact>[a-z_]+):(?P<kind>[a-z_.]+)\}")


@dataclass(frozen=True)
class Problem:
    level: Literal["error", "warning"]
    file: str
    text: str

    def __str__(self) -> str:
        return f"{self.level}: {self.file}: {self.text}"


def problems(catalogue: Catalogue, studio_dir: Path) -> list[Problem]:
    """List errors, then warnings; `studio_dir` holds recordings named by prompt id."""
    return [*errors(catalogue), *_unused_words(catalogue), *_studio(catalogue, studio_dir)]


def errors(catalogue: Catalogue) -> list[Problem]:
    """List what a caller would run into."""
    found = [
        *_missing_words(catalogue),
        *_broken_slots(catalogue),
        *_missing_units(catalogue),
        *_unknown_subjects(catalogue),
    ]
    for flow in catalogue.flows.values():
        found += _unknown_values(catalogue, flow)
    return found


def _words_file(catalogue: Catalogue) -> str:
    return f"prompts.{catalogue.language}.yaml"


def _missing_words(catalogue: Catalogue) -> Iterator[Problem]:
    for flow in catalogue.flows.values():
        for name, node in flow.nodes.items():
            for prompt in node.prompts():
                if not catalogue.prompts.get(prompt, "").strip():
                    text = f"node {name!r} speaks {prompt!r}, which has no words in {_words_file(catalogue)}"
                    yield Problem("error", f"{flow.id}.yaml", text)
    for situation in catalogue.situations:
        if not catalogue.prompts.get(situation.banner, "").strip():
            text = f"{situation.code!r} speaks {situation.banner!r}, which has no words in {_words_file(catalogue)}"
            yield Problem("error", "situations.yaml", text)
    for prompt in sorted(OUTSIDE_FLOWS - catalogue.prompts.keys()):
        yield Problem("error", _words_file(catalogue), f"{prompt!r} has no words; it is spoken when all else fails")


def _broken_slots(catalogue: Catalogue) -> Iterator[Problem]:
    lists = {term.split(".")[0] for term in catalogue.terms}
    for prompt, words in catalogue.prompts.items():
        for slot in SLOT.finditer(words):
            kind = slot["kind"]
            if kind not in KINDS and kind.removeprefix("term.") not in lists:
                text = f"{prompt!r} has the slot {slot[0]}, but there is no kind {kind!r}"
                yield Problem("error", _words_file(catalogue), text)
        if set("{}") & set(SLOT.sub("", words)):
            text = f"{prompt!r} has a brace that is no slot; slots are written {{fact:kind}}"
            yield Problem("error", _words_file(catalogue), text)


def _missing_units(catalogue: Catalogue) -> Iterator[Problem]:
    units = {unit.code for unit in catalogue.units}
    for first in catalogue.categories:
        for category in first.family():
            if category.unit not in units:
                text = f"{category.code!r} goes to unit {category.unit!r}, which is not in units.yaml"
                yield Problem("error", "categories.yaml", text)


def _unknown_subjects(catalogue: Catalogue) -> Iterator[Problem]:
    known = {first.code for first in catalogue.categories}
    for template in catalogue.answers:
        for code in sorted(set(template.categories) - known):
            text = f"{template.code!r} is for subject {code!r}, which is no first-level category"
            yield Problem("error", "answers.yaml", text)


def _unknown_values(catalogue: Catalogue, flow: Flow) -> Iterator[Problem]:
    known = {"category": catalogue.category_codes(), "district": catalogue.district_codes()}
    for name, node in flow.nodes.items():
        learnt = list(node.sets.items())
        if isinstance(node, Menu) and node.save:
            learnt += [(node.save, choice.value or "") for choice in node.choices.values()]
        for fact, value in learnt:
            if fact in known and value not in known[fact]:
                yield Problem("error", f"{flow.id}.yaml", f"node {name!r} gives {fact} {value!r}, which no list has")


def _unused_words(catalogue: Catalogue) -> Iterator[Problem]:
    banners = {situation.banner for situation in catalogue.situations}
    used = OUTSIDE_FLOWS.union(banners, *(flow.prompts() for flow in catalogue.flows.values()))
    for prompt in sorted(catalogue.prompts.keys() - used):
        yield Problem("warning", _words_file(catalogue), f"no flow speaks {prompt!r}")


def _studio(catalogue: Catalogue, studio_dir: Path) -> Iterator[Problem]:
    """Prompts with slots are composed anew for each caller, so no studio recording is missed for them."""
    recorded = {path.stem for path in studio_dir.glob("*.wav")}
    for prompt, words in catalogue.prompts.items():
        if prompt not in recorded and not SLOT.search(words):
            yield Problem("warning", f"{prompt}.wav", "no studio recording; a synthesised voice speaks instead")
    for name in sorted(recorded - catalogue.prompts.keys()):
        yield Problem("warning", f"{name}.wav", "a studio recording of no prompt")
