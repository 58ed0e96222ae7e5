"""What a telephone makes of TwiML: Twilio's tables row by row, then whole documents."""

from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest
import yaml

from ivr.gateway.document import Unreadable, read
from ivr.gateway.verbs import Dial, Document, Gather, Hangup, Number, Pause, Play, Record, Redirect, Reject, Report, Say

BASE = "https://h.test/menu/start?n=1"
TABLES = yaml.safe_load(Path(__file__).with_name("documents.yaml").read_text(encoding="utf-8"))
ROWS = [(name, row.get("in", table["in"]), row) for name, table in TABLES.items() for row in table["rows"]]


def response(inside):
    return read(f"<Response>{inside}</Response>", BASE)


def only(inside):
    found = response(inside)
    assert found.left_out == ()
    (verb,) = found.verbs
    return verb


def at(verb, path):
    for step in path.split("."):
        verb = verb[int(step)] if step.isdigit() else getattr(verb, step)
    return sorted(verb) if isinstance(verb, frozenset) else list(verb) if isinstance(verb, tuple) else verb


def cases(kind):
    """List each row's element, row, and value of that kind; a dict's values are what is read."""
    return [
        pytest.param(element, row, value, id=f"{name}-{row['attribute']}-{value}")
        for name, element, row in ROWS
        for value in row.get(kind, ())
    ]


def written(element, row, value):
    return element.format(f"{row['attribute']}={quoteattr(value)}")


DEFAULTS = [
    pytest.param(element, row, id=f"{name}-{row['attribute']}") for name, element, row in ROWS if "default" in row
]


@pytest.mark.parametrize(("element", "row"), DEFAULTS)
def test_an_attribute_left_out_has_twilios_default(element, row):
    assert at(only(element.format("")), row["field"]) == row["default"]


@pytest.mark.parametrize(("element", "row", "value"), cases("read"))
def test_every_documented_value_is_read(element, row, value):
    assert at(only(written(element, row, value)), row["field"]) == row["read"][value]


@pytest.mark.parametrize(("element", "row", "value"), cases("refused"))
def test_every_other_value_is_refused_in_a_sentence_that_names_its_attribute(element, row, value):
    with pytest.raises(Unreadable, match=rf"^The {row['attribute']} of <\w+> is .+\.$"):
        only(written(element, row, value))


def test_a_whole_reply_is_read_in_its_order():
    found = response("""
        <!-- the greeting --> <Say language="fa-IR">Good <prosody rate="slow">morning</prosody></Say>
        <Gather numDigits="1" action="/turn"><Play>menu.wav</Play><Pause/><Say>Press 1</Say></Gather>
        <Record/> <Redirect method="GET">again</Redirect>
    """)
    assert found == Document(
        (
            Say("Good morning", language="fa-IR"),
            Gather(
                (Play("https://h.test/menu/menu.wav"), Pause(), Say("Press 1")), "https://h.test/turn", num_digits=1
            ),
            Record(BASE),
            Redirect("https://h.test/menu/again", "GET"),
        ),
        ("Of <prosody> in <Say> only the words are carried out.",),
    )


@pytest.mark.parametrize(
    ("end", "verb"),
    [
        ("<Hangup/>", Hangup()),
        ("<Reject/>", Reject()),
        ("<Redirect/>", Redirect(BASE)),
        ("<Redirect> <!-- here --> </Redirect>", Redirect(BASE)),
    ],
)
def test_nothing_runs_after_the_end(end, verb):
    assert response(f"<Pause/>{end}<Play>late.wav</Play><Enqueue>never</Enqueue>") == Document((Pause(), verb))


def test_an_empty_reply_is_a_reply():
    assert response("") == Document(())


@pytest.mark.parametrize(
    ("inside", "numbers"),
    [
        ("(415) 555-1212", [Number("4155551212")]),
        ("\n +98 25 3713 7001 \n", [Number("+982537137001")]),
        ("<Number>101</Number><Number>*98</Number>", [Number("101"), Number("*98")]),
        (
            "<Sip> sip:jack@example.com:5061;transport=tcp </Sip>",
            [Number("jack@example.com:5061;transport=tcp", "sip")],
        ),
        ("<Client>alice</Client>", [Number("alice", "client")]),
        ("<Client> <Identity>alice</Identity> </Client>", [Number("alice", "client")]),
        (
            '<Number statusCallback="leg">101</Number><Sip>SIP:h.test</Sip>',
            [Number("101", report=Report("https://h.test/menu/leg")), Number("h.test", "sip")],
        ),
    ],
)
def test_somebody_is_dialled_in_each_way_there_is(inside, numbers):
    assert only(f"<Dial>{inside}</Dial>") == Dial(tuple(numbers))


@pytest.mark.parametrize(
    ("inside", "line"),
    [
        ('<Record transcribe="true" transcribeCallback=""/>', "The transcribe of <Record> is not carried out."),
        ('<Record maxlength="no"/>', "The maxlength of <Record> is not carried out."),
        ('<Gather partialResultCallback="/p"/>', "The partialResultCallback of <Gather> is not carried out."),
        ('<Gather profanityFilter="x"/>', "The profanityFilter of <Gather> is not carried out."),
        ('<Gather input="dtmf speech"/>', "<Gather> listens for keys only, not for speech."),
        ('<Gather input="speech dtmf"/>', "<Gather> listens for keys only, not for speech."),
        ('<Gather timeout="auto"/>', 'The timeout "auto" of <Gather> is read as 5 seconds.'),
        ("<Gather>Press</Gather>", "The words straight inside <Gather> are not carried out."),
        ("Hello", "The words straight inside <Response> are not carried out."),
        ("<Pause/> Hello", "The words straight inside <Response> are not carried out."),
        ("<Say>Wait<break/></Say>", "Of <break> in <Say> only the words are carried out."),
        ("<Pause/><Say> </Say>", "A <Say> without words is not carried out."),
        ('<Play digits="1">a.wav</Play>', "The words straight inside <Play> are not carried out."),
        ('<Dial ringTone="us">137</Dial>', "The ringTone of <Dial> is not carried out."),
        ('<Dial recordingTrack="both">137</Dial>', "The recordingTrack of <Dial> is not carried out."),
        ('<Dial sequential="true">137</Dial>', "The sequential of <Dial> is not carried out."),
        ('<Dial referUrl="/r">137</Dial>', "The referUrl of <Dial> is not carried out."),
        ("<Dial>137<Number>101</Number></Dial>", "The words straight inside <Dial> are not carried out."),
        ('<Dial><Number byoc="BY1">101</Number></Dial>', "The byoc of <Number> is not carried out."),
        ('<Dial><Sip username="a">sip:a@b</Sip></Dial>', "The username of <Sip> is not carried out."),
        ("<Dial><Sip>sip:a@b?x=1</Sip></Dial>", 'The headers after "?" in the address of <Sip> are not sent.'),
        (
            '<Dial><Client><Identity>a</Identity><Parameter name="n"/></Client></Dial>',
            "A <Parameter> of <Client> is not passed on.",
        ),
    ],
)
def test_what_is_not_carried_out_is_noted_once_and_stops_nothing(inside, line):
    found = response(inside * 2)
    assert found.left_out.count(line) == 1
    assert "Hello" in inside or found.verbs


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The document is not XML: "),
        ("Hello", "The document is not XML: "),
        ("<Response>", "The document is not XML: "),
        ("<Response>&hello;</Response>", "The document is not XML: "),
        ("\n<?xml version='1.0'?><Response/>", "The document is not XML: "),
        ("<Response>\ud800</Response>", "The document is not XML: "),
        (b"<Response>\xff</Response>", "The document is not XML: "),
        (b"<?xml version='1.0' encoding='klingon'?><Response/>", "The document is not XML: "),
        ("<response/>", "The document is not a <Response>."),
        ("<html><Response/></html>", "The document is not a <Response>."),
        ("<!DOCTYPE Response><Response/>", "The document declares a document type"),
        ("<!DOCTYPE R [<!ENTITY a 'b'>]><Response>&a;</Response>", "The document declares a document type"),
        ("<!DOCTYPE Response><Response/>".encode("utf-16"), "The document declares a document type"),
        ("<Response>" + " " * 65_526 + "</Response>", "The document is larger than 64 KiB."),
    ],
)
def test_what_is_no_document_is_refused(text, sentence):
    with pytest.raises(Unreadable) as refusal:
        read(text, BASE)
    assert str(refusal.value).startswith(sentence)


def test_a_document_of_exactly_64_kib_is_read_and_so_are_other_alphabets():
    assert read("<Response>".ljust(65_525) + "</Response>", BASE) == Document(())
    assert read("<Response><Say><![CDATA[<!DOCTYPE>]]></Say></Response>", BASE).verbs == (Say("<!DOCTYPE>"),)
    for encoding in ("utf-8", "utf-16", "iso-8859-1"):
        text = f'<?xml version="1.0" encoding="{encoding}"?><Response><Say>caf\xe9</Say></Response>'
        assert read(text.encode(encoding), BASE) == read(text, BASE) == Document((Say("caf\xe9"),))


STRANGERS = ["Enqueue", "Connect", "Sms", "Pay", "Refer", "Leave", "Prompt", "Start", "Stop", "Siprec", "Number"]


@pytest.mark.parametrize("verb", [*STRANGERS, "say", "HANGUP"])
def test_a_verb_that_cannot_be_carried_out_is_refused(verb):
    with pytest.raises(Unreadable, match=f"^<{verb}> in <Response> is not something this telephone can carry out.$"):
        response(f"<{verb}/>")


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ("<Gather><Record/></Gather>", "<Record> in <Gather> is not something this telephone can carry out."),
        ("<Say>a<Play>b</Play></Say>", "<Play> in <Say> is not something this telephone can carry out."),
        ("<Hangup><Say>b</Say></Hangup>", "<Say> in <Hangup> is not something this telephone can carry out."),
        ("<Dial><Conference>a</Conference></Dial>", "<Conference> in <Dial> is not something"),
        ("<Dial><Queue>a</Queue></Dial>", "<Queue> in <Dial> is not something"),
        ("<Play/>", "<Play> holds no address."),
        ("<Play>ftp://h.test/a.wav</Play>", "What <Play> holds is not an http or https address: "),
        ("<Redirect>tel:137</Redirect>", "What <Redirect> holds is not an http or https address: "),
        ("<Dial/>", "<Dial> holds no telephone number."),
        ("<Dial>somebody</Dial>", "<Dial> holds no telephone number."),
        ("<Dial><Number>12+3</Number></Dial>", "<Number> holds no telephone number."),
        ("<Dial><Sip>jack@example.com</Sip></Dial>", "<Sip> holds no address such as sip:name@host."),
        ("<Dial><Sip>sip:a@b@c</Sip></Dial>", "<Sip> holds no address such as sip:name@host."),
        ("<Dial><Client>two words</Client></Dial>", "<Client> holds no identity of letters and digits."),
        ("<Dial>" + "<Number>101</Number>" * 11 + "</Dial>", "<Dial> names more than 10 to ring at once."),
    ],
)
def test_what_makes_no_sense_is_refused(inside, sentence):
    with pytest.raises(Unreadable) as refusal:
        response(inside)
    assert str(refusal.value).startswith(sentence)


def test_neither_depth_nor_breadth_is_too_much():
    deep = response("<Say>" + "<p>" * 9_000 + "deep" + "</p>" * 9_000 + "</Say>")
    assert deep == Document((Say("deep"),), ("Of <p> in <Say> only the words are carried out.",))
    assert len(response("<Pause/>" * 8_000).verbs) == 8_000
