"""A photo's way: to its place before its row is written, and away again if that never comes."""

import io
import re

import pytest

from ivr.services import keeping
from ivr.store import Store
from tests.web.test_moves import photo, refers, reza, ticket, zahra  # noqa: F401  # fixtures


@pytest.fixture
def answers(zahra, reza, ticket):  # noqa: F811
    """Answer a ticket of theirs with a photo; gives the district's clerk."""
    refers(zahra, ticket["code"])

    def answer(kind):
        sent = (io.BytesIO(photo()), "after.jpg")
        page = reza.opens(f"/tickets/{ticket['code']}")
        return page.submits("/tickets/1/answer", kind=kind, text="swept", photo=sent)

    return answer


def lying(desk):
    return [one for one in desk.config.recordings_dir.rglob("*") if one.is_file()]


@pytest.fixture
def swept(desk, database, clock):
    """Let the sweep come by when nothing is on its way any more; gives what lies there then."""

    def sweep():
        clock.move(seconds=keeping.PATIENCE.total_seconds())
        keeping.clear(database, desk, clock(), 10)
        return lying(desk)

    return sweep


def test_a_photo_of_an_answer_that_is_refused_is_removed_again(answers, swept, desk):
    assert answers("nonsense").status == 422
    assert len(lying(desk)) == 1
    assert swept() == []


@pytest.mark.parametrize(("owner", "name"), [(Store, "put"), (keeping, "enter")])
def test_a_photo_whose_upload_is_killed_is_removed_again(answers, swept, desk, monkeypatch, owner, name):
    """Die when the file is in its place, or when its row is written and not yet committed."""
    done = getattr(owner, name)

    def die(*given):
        done(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, name, die)
    with pytest.raises(KeyboardInterrupt):
        answers("done")
    monkeypatch.undo()
    assert len(lying(desk)) == 1
    assert swept() == []


def test_a_photo_that_was_kept_stays(answers, swept):
    answers("done")
    assert len(swept()) == 1


@pytest.mark.usefixtures("ticket")
def test_nobody_leaves_a_photo_with_what_is_none_of_theirs(reza, desk):  # noqa: F811
    token = re.search(r'name="csrf_token" value="([^"]+)"', reza.opens("/password").page)[1]
    sent = (io.BytesIO(photo()), "after.jpg")
    form = {"csrf_token": token, "version": "1", "kind": "done", "text": "x", "photo": sent}
    assert reza.client.post("/tickets/1/answer", data=form).status_code == 404
    assert lying(desk) == []
