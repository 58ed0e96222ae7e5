"""No row of Twilio's tables is forgotten: each attribute is carried out in some call of the conformance tests."""

from pathlib import Path

import pytest

from tests.gateway.test_document import TABLES

HERE = Path(__file__).parent
CALLS = {
    "Gather": "gather", "Record": "record", "Play": "sound", "Say": "sound", "Pause": "sound", "Redirect": "flow",
    "Reject": "flow", "Dial": "dial", "Number": "called", "Sip": "called", "Client": "called",
}  # fmt: skip
ROWS = sorted({(name, row["attribute"]) for name, table in TABLES.items() for row in table["rows"]})


@pytest.mark.parametrize(("verb", "attribute"), ROWS, ids="-".join)
def test_the_attribute_is_carried_out(verb, attribute):
    text = (HERE / f"test_conformance_{CALLS[verb]}.py").read_text(encoding="utf-8")
    assert f'{attribute}="' in text or f"{attribute}='" in text
