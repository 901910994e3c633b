"""What every test gets: a configuration folder of its own, so that no test touches the user's key file."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from pipeline.weights.catalogue import Catalogue


@pytest.fixture(scope="session", autouse=True)
def own_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Key files are made in a folder of the test session, for child processes, too."""
    before = dict(os.environ)
    folder = str(tmp_path_factory.mktemp("configuration"))
    os.environ.update(XDG_CONFIG_HOME=folder, APPDATA=folder)
    for name in ("IPA_PASSPHRASE", "IPA_KEY_FILE"):
        os.environ.pop(name, None)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def weights() -> None:
    """Skips where the weights were never fetched; `make test` fetches them."""
    catalogue = Catalogue.read()
    missing = [name for name in catalogue.needed() if catalogue.missing(name)]
    if missing:
        pytest.skip(f"weights are not here: {missing}; run `make weights`")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks for the weights runs the models, marked or not."""
    for item in items:
        if "weights" in getattr(item, "fixturenames", ()):
            item.add_marker("models")
