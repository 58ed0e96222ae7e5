"""Fixtures of backups: an installation with a key, and one with nothing in it."""

import itertools

import pytest
from pydantic import SecretStr

from ivr.config import Data
from ivr.vault import keys as keyring
from tests.restored import with_keys

_targets = itertools.count(1)


@pytest.fixture
def kept(config, tmp_path):
    keyring.new(tmp_path / "keys")
    return with_keys(config, tmp_path / "keys")


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request, kept, tmp_path):
    """An installation with nothing in it."""
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").create(f"restored_{next(_targets)}", "template0")
    return kept.model_copy(update={"data": Data(dir=tmp_path / "other", database_url=SecretStr(url))})
