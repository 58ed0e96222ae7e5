"""One element of a TwiML document, read strictly; what nobody asked for is noted as left out."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

from ivr.gateway.verbs import Method, Report

T = TypeVar("T")
LARGEST = 999_999_999
FLAG = {"true": True, "false": False}
METHOD: Mapping[str, Method] = {"GET": "GET", "POST": "POST"}
UNFIT = re.compile(r"[\s\x00-\x1f\x7f]")  # for an address


class Unreadable(ValueError):
    """Say in a plain sentence what a telephone cannot carry out."""


class Element:
    """Hand out each attribute, word and nested element once, and keep account of the rest."""

    def __init__(self, node: ET.Element, base: str, left_out: list[str]) -> None:
        self.name = node.tag
        self._node = node
        self.base = base
        self._left_out = left_out
        self._attributes = dict(node.attrib)
        self._children = list(node)
        self._words = _tidy([node.text or "", *(child.tail or "" for child in node)])

    def note(self, line: str) -> None:
        self._left_out.append(line)

    def ignore(self, line: str) -> None:
        """Pass over the whole element, and note the line."""
        self._attributes, self._words, self._children = {}, "", []
        self.note(line)

    def end(self) -> None:
        """Note the attributes and words that nobody read; nested elements that nobody read are refused."""
        for child in self._children:
            raise self._stranger(child.tag)
        for attribute in self._attributes:
            self.note(f"The {attribute} of <{self.name}> is not carried out.")
        if self._words:
            self.note(f"The words straight inside <{self.name}> are not carried out.")

    def nested(self, readers: Mapping[str, Callable[["Element"], T]]) -> Iterator[T]:
        """Read the nested elements, one by one, as long as they are asked for."""
        children, self._children = self._children, []
        for node in children:
            if node.tag not in readers:
                raise self._stranger(node.tag)
            child = Element(node, self.base, self._left_out)
            found = readers[node.tag](child)
            child.end()
            yield found

    def words(self) -> str:
        """Take the words straight inside."""
        words, self._words = self._words, ""
        return words

    def spoken(self, marks: Collection[str]) -> str:
        """Take the words of all levels; marks say how they are spoken, which is noted and left out."""
        self._words, self._children = "", []
        for mark in self._node.iter():
            if mark is self._node:
                continue
            if mark.tag not in marks:
                raise self._stranger(mark.tag)
            self.note(f"Of <{mark.tag}> in <{self.name}> only the words are carried out.")
        return _tidy(self._node.itertext())

    def link(self, default: str = "") -> str:
        """Take the address straight inside, made absolute; without a default there is to be one."""
        words = self.words()
        if not words and not default:
            raise Unreadable(f"<{self.name}> holds no address.")
        return self._absolute(words, f"What <{self.name}> holds") if words else default

    def address(self, attribute: str, default: str = "") -> str:
        """Take an address, made absolute; an empty one is one left out."""
        value = self._attributes.pop(attribute, "").strip()
        return self._absolute(value, f"The {attribute} of <{self.name}>") if value else default

    def forgo(self, attribute: str, value: str, line: str) -> None:
        """Pass over a value that is documented but not carried out here, and note the line."""
        if self._attributes.get(attribute) == value:
            del self._attributes[attribute]
            self.note(line)

    def choice(self, attribute: str, choices: Mapping[str, T], default: T) -> T:
        value = self._attributes.pop(attribute, None)
        if value is not None and value not in choices:
            raise self._wrong(attribute, "one of " + ", ".join(choices), value)
        return default if value is None else choices[value]

    def flag(self, attribute: str, default: bool) -> bool:
        return self.choice(attribute, FLAG, default)

    def method(self, attribute: str = "method") -> Method:
        return self.choice(attribute, METHOD, "POST")

    def number(self, attribute: str, default: T, least: int = 1, most: int = LARGEST) -> int | T:
        value = self._attributes.pop(attribute, None)
        if value is None:
            return default
        if not re.fullmatch("[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise self._wrong(attribute, f"a whole number from {least} to {most}", value)
        return int(value)

    def plain(self, attribute: str, default: str = "", pattern: str = ".*", meaning: str = "one line") -> str:
        """Take a value that fits the pattern, whose meaning is for the sentence about one that does not."""
        value = self._attributes.pop(attribute, default)
        if value != default and not re.fullmatch(pattern, value):
            raise self._wrong(attribute, meaning, value)
        return value

    def keys(self, attribute: str) -> str:
        """Take keys to be pressed; a W is a pause of a second, as two w are."""
        return self.plain(attribute, "", "[0-9*#wW]+", "keys: 0-9, *, # and w").replace("W", "ww")

    def several(self, attribute: str, choices: Sequence[str], default: str) -> frozenset[str]:
        """Take one or more of the choices, with spaces between."""
        value = self._attributes.pop(attribute, default)
        found = frozenset(value.split())
        if not found or not found <= set(choices):
            raise self._wrong(attribute, "one or more of " + ", ".join(choices), value)
        return found

    def report(self, attribute: str, events: Sequence[str]) -> Report | None:
        """Take an address for news, and the method and the events that are named after it."""
        url = self.address(attribute)
        method = self.method(f"{attribute}Method")
        chosen = self.several(f"{attribute}Event", events, "completed")
        return Report(url, method, chosen) if url else None

    def _absolute(self, address: str, what: str) -> str:
        try:
            absolute = urljoin(self.base, address)
            parts = urlsplit(absolute)
            _ = parts.port  # which complains of one that is no number
        except ValueError as error:
            raise Unreadable(f"{what} is not an address: {_shown(address)}.") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname or UNFIT.search(address):
            raise Unreadable(f"{what} is not an http or https address: {_shown(address)}.")
        return absolute

    def _stranger(self, name: str) -> Unreadable:
        return Unreadable(f"<{name}> in <{self.name}> is not something this telephone can carry out.")

    def _wrong(self, attribute: str, meaning: str, value: str) -> Unreadable:
        return Unreadable(f"The {attribute} of <{self.name}> is to be {meaning}, not {_shown(value)}.")


def _tidy(parts: Iterable[str]) -> str:
    return " ".join(" ".join(parts).split())


def _shown(value: str) -> str:
    return repr(value[:60])
