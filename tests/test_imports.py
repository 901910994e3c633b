"""Imports point one way, and naming a command loads nothing heavy."""

from __future__ import annotations

import ast
import graphlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "pipeline"

ARCHITECTURE = PACKAGE.parent / "ARCHITECTURE.md"
#: A network's definition is nothing without torch; whoever wants it imports it inside a function.
NETWORKS = {"campplus_network.py"}
HEAVY = {
    "torch",
    "torchaudio",
    "pyannote",
    "tokenizers",
    "whisper",
    "faster_whisper",
    "ctranslate2",
    "onnxruntime",
    "scipy",
    "docx",
    "openpyxl",
    "typst",
    "av",
    "pydub",
    "rich",
    "jellyfish",
    "rapidfuzz",
    "cryptography",
}


def _imports(path: Path) -> list[tuple[str, bool]]:
    """(module, whether at the top level) of every import outside TYPE_CHECKING blocks."""
    tree = ast.parse(path.read_text("utf-8"))
    found: list[tuple[str, bool]] = []

    def walk(node: ast.AST, top: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                continue
            if isinstance(child, ast.Import):
                found.extend((alias.name, top) for alias in child.names)
            elif isinstance(child, ast.ImportFrom) and child.module:
                if child.module.split(".")[0] == "pipeline":
                    found.extend((f"{child.module}.{alias.name}", top) for alias in child.names)
                else:
                    found.append((child.module, top))
            walk(child, top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))

    walk(tree, True)
    return found


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _rooms() -> list[str]:
    """Folders of the package in the order of ARCHITECTURE.md's table."""
    text = ARCHITECTURE.read_text("utf-8")
    table = text[text.index("<!-- rooms -->") : text.index("<!-- /rooms -->")]
    return re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)


def _targets(path: Path, module: str) -> str:
    """The module of the package that an import of `module` names: a name may be a module or stand in one."""
    parts = module.split(".")
    while parts:
        place = PACKAGE.parent.joinpath(*parts)
        if place.with_suffix(".py").is_file() or (place / "__init__.py").is_file():
            return ".".join(parts)
        parts.pop()
    raise AssertionError(f"{path} imports {module}, which is not there")


def _own_imports(path: Path) -> set[str]:
    """Modules of this package that a module imports, at its top level or inside a function."""
    return {_targets(path, m) for m, _ in _imports(path) if m.startswith("pipeline.")}


def test_every_module_is_in_a_room() -> None:
    loose = {p.name for p in PACKAGE.glob("*.py")}
    assert loose == {"__init__.py", "__main__.py"}
    assert sorted(p.name for p in PACKAGE.iterdir() if (p / "__init__.py").is_file()) == sorted(_rooms())


def test_imports_point_one_way() -> None:
    rooms = [*_rooms(), "__main__.py", "__init__.py"]
    wrong, seen = [], 0
    for path in _modules():
        own = path.relative_to(PACKAGE).parts[0]
        for module in _own_imports(path):
            room = module.split(".")[1] if module != "pipeline" else own
            seen += room != own
            if room != own and rooms.index(room) > rooms.index(own):
                wrong.append(f"{path.relative_to(PACKAGE)} imports {module}")
    assert wrong == []
    assert seen > 100


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {".".join(p.relative_to(PACKAGE.parent).with_suffix("").parts): _own_imports(p) for p in _modules()}
    graph = {name.removesuffix(".__init__"): found - {name.removesuffix(".__init__")} for name, found in graph.items()}
    try:
        order = list(graphlib.TopologicalSorter(graph).static_order())
    except graphlib.CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
    assert len(order) >= len(graph)


def test_heavy_packages_are_imported_inside_functions() -> None:
    wrong = []
    for path in _modules():
        for module, top in _imports(path):
            if top and module.split(".")[0] in HEAVY and path.name not in NETWORKS:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {module} at its top level")
    assert wrong == []


def test_only_fetching_may_use_the_network() -> None:
    names = {"requests", "httpx", "urllib.request", "huggingface_hub", "http.client"}
    users = {path.name for path in _modules() for module, _ in _imports(path) if module in names}
    assert users == {"fetching.py"}


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv=['ipa','--help']\n"
        "from pipeline.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('LOADED', sorted({m.split('.')[0] for m in sys.modules}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(ast.literal_eval(out.rsplit("LOADED", 1)[1].strip()))
    assert not loaded & (HEAVY | {"numpy", "pydantic", "yaml", "starlette", "uvicorn"})


def test_no_module_grew_beyond_reading() -> None:
    long = {str(p.relative_to(PACKAGE)): n for p in _modules() if (n := len(p.read_text("utf-8").splitlines())) > 400}
    assert long == {}


def test_no_function_grew_beyond_reading() -> None:
    long = []
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 50:
                long.append(f"{path.relative_to(PACKAGE)}:{node.name}")
    assert long == []
