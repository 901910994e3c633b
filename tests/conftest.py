"""What every test gets: a configuration folder of its own, so that no test touches the user's key file."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from pipeline.core import cores
from pipeline.weights.catalogue import Catalogue


@pytest.fixture(scope="session", autouse=True)
def own_configuration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Key files are made in a folder of the test session, for child processes, too. One of several workers, and what it
    starts, keeps to one core."""
    before = dict(os.environ)
    folder = str(tmp_path_factory.mktemp("configuration"))
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault(cores.VARIABLE, "1")
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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks for the weights runs the models, marked or not. Shares the tests out among the workers of `-n`."""
    for item in items:
        if "weights" in getattr(item, "fixturenames", ()):
            item.add_marker("models")
    if hasattr(config, "workerinput"):
        share_out(items)


def share_out(items: list[pytest.Item]) -> None:
    """Groups for `--dist loadgroup`, the slow ones first, so that the workers end together.

    A group is a file: its tests share imports, and what a fixture made once for the module, such as a run with the
    models. Tests that take seconds and share nothing go wherever a worker is free.
    """
    for item in items:
        alone = _is_slow(item) and not _shares(item)
        item.add_marker(pytest.mark.xdist_group(item.nodeid if alone else item.nodeid.split("::")[0]))
    items.sort(key=lambda item: not _is_slow(item))


def _is_slow(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) for name in ("models", "slow"))


def _shares(item: pytest.Item) -> bool:
    """Whether it uses a fixture that is made once for its module."""
    made = item._fixtureinfo.name2fixturedefs.values()
    return any(fixture.scope == "module" for fixtures in made for fixture in fixtures)
