"""Any text at all, and any document of our own, before a telephone."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from ivr.flow import verbs as flow
from ivr.gateway.document import Unreadable, read
from ivr.gateway.verbs import Document
from ivr.telephony.twiml import Addresses, Limits, render

BASE = "https://h.test/turn/1"
NAMES = ["Say", "Play", "Pause", "Gather", "Record", "Dial", "Number", "Sip", "Client", "Identity", "Redirect", "p"]
ATTRIBUTES = ["action", "url", "loop", "digits", "timeout", "finishOnKey", "input", "callerId", "statusCallback"]
VALUES = ["http://[", "http://h:x", "//", "sip:a@b", "137", "auto", "true", "GET", "9" * 5000, ""]
PLAIN = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="<>&\"'")
WORDS = st.text(PLAIN, max_size=9) | st.sampled_from(VALUES)


def element(inside):
    attributes = st.dictionaries(st.sampled_from(ATTRIBUTES), WORDS, max_size=3).map(
        lambda given: "".join(f' {name}="{value}"' for name, value in given.items())
    )
    return st.builds(
        lambda name, had, held: f"<{name}{had}>{held}</{name}>", st.sampled_from(NAMES), attributes, inside
    )


TREES = st.recursive(WORDS, lambda inner: element(st.lists(inner, max_size=3).map("".join)), max_leaves=12)


def read_or_refuse(text):
    with suppress(Unreadable):
        assert isinstance(read(text, BASE), Document)


@given(st.text(st.characters()) | st.binary())
def test_any_text_is_read_or_refused(text):
    read_or_refuse(text)


@given(TREES)
def test_any_tree_is_read_or_refused(tree):
    read_or_refuse(f"<Response>{tree}</Response>")


SECONDS = st.integers(1, 86_400)
PROMPTS = st.lists(st.builds(flow.Say, st.sampled_from(["menu", "code"]), interruptible=st.booleans())).map(tuple)
NUMBERS = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
VERBS = st.lists(
    st.builds(flow.Say, st.just("greeting"), interruptible=st.booleans())
    | st.builds(flow.Gather, PROMPTS, st.none() | st.integers(1, 20), st.sampled_from(["", "#"]), SECONDS)
    | st.builds(flow.Record, PROMPTS, st.integers(2, 86_400), SECONDS)
    | st.builds(flow.Dial, NUMBERS, st.none() | SECONDS, st.none() | NUMBERS, st.booleans())
    | st.builds(flow.Hangup)
)


@given(VERBS, st.sampled_from(["", "https://h.test/leg?leg=citizen&n=1"]))
def test_every_document_of_our_own_is_read_whole(verbs, leg):
    to = Addresses("https://h.test/turn/2", "https://h.test/recording", leg)
    written = render(verbs, lambda say: [f"https://h.test/{say.prompt}.wav"], to, Limits(1800, 20, "+982537137000"))
    assert read(written, BASE).left_out == ()
    assert read(written.encode(), BASE) == read(written, BASE)
