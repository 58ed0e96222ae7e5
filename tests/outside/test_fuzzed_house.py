"""Made-up forms for every webhook, for some seconds; `make fuzz` does it for ten minutes."""

from bench.fuzz import fuzzed
from tests.longer import times

SECONDS = times(8, 600)


def test_no_form_is_trouble_and_no_refused_one_is_written_down(tmp_path, postgres):
    """Checks 1 and 24."""
    fuzz = fuzzed(tmp_path, postgres.create("fuzzed", "template0"), SECONDS)
    assert {answer.rpartition(" ")[0] for answer in fuzz.answers} == {one.path for one in fuzz.operations}
    assert {answer.rpartition(" ")[2] for answer in fuzz.answers} >= {"200", "204", "400", "403"}
