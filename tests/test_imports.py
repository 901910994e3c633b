"""Imports point one way, and naming a command loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent / "pipeline"

#: Lower layers never import higher ones; within a layer they may import each other.
LAYERS = [
    {"cli", "cli_tools", "__main__", "docs"},
    {"batch", "doctor", "imports", "finished"},
    {"runner"},
    {"stages"},
    {
        "engines",
        "recognisers",
        "entities",
        "pseudonyms",
        "flags",
        "exporters",
        "leakcheck",
        "naming",
        "residue",
        "redaction_log",
        "report",
        "speech",
        "diarisation",
    },
    # everything else: document, lines, errors, settings, paths, audio, ...
]
#: A network's definition is nothing without torch; whoever wants it imports it inside a function.
NETWORKS = {"campplus_network.py"}
HEAVY = {
    "torch",
    "torchaudio",
    "pyannote",
    "spacy",
    "presidio_analyzer",
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


def _part(module: str) -> str:
    return module.split(".")[1] if module.startswith("pipeline.") else ""


def _layer(part: str) -> int:
    return next((n for n, layer in enumerate(LAYERS) if part in layer), len(LAYERS))


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
                if child.module == "pipeline":
                    found.extend((f"pipeline.{alias.name}", top) for alias in child.names)
                else:
                    found.append((child.module, top))
            walk(child, top and not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda))

    walk(tree, True)
    return found


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_imports_point_one_way() -> None:
    wrong = []
    for path in _modules():
        relative = path.relative_to(PACKAGE)
        own = _layer(relative.parts[0].removesuffix(".py"))
        for module, _ in _imports(path):
            if (
                _part(module)
                and _layer(_part(module)) < own
                and relative.name not in ("catalogue.py", "redacted_audio.py")
            ):
                wrong.append(f"{relative} imports {module}")
    assert wrong == []


def test_heavy_packages_are_imported_inside_functions() -> None:
    wrong = []
    for path in _modules():
        for module, top in _imports(path):
            if top and module.split(".")[0] in HEAVY and path.name not in NETWORKS:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {module} at its top level")
    assert wrong == []


def test_only_the_catalogue_may_use_the_network() -> None:
    names = {"requests", "httpx", "urllib.request", "huggingface_hub", "http.client"}
    users = {path.name for path in _modules() for module, _ in _imports(path) if module in names}
    assert users == {"catalogue.py"}


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv=['ipa','--help']\n"
        "from pipeline.cli.run import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print('LOADED', sorted({m.split('.')[0] for m in sys.modules}))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    loaded = set(ast.literal_eval(out.rsplit("LOADED", 1)[1].strip()))
    assert not loaded & (HEAVY | {"numpy", "pydantic", "yaml"})


def test_no_module_grew_beyond_reading() -> None:
    long = {str(p.relative_to(PACKAGE)): n for p in _modules() if (n := len(p.read_text("utf-8").splitlines())) > 460}
    assert long == {}


def test_no_function_grew_beyond_reading() -> None:
    long = []
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > 70:
                long.append(f"{path.relative_to(PACKAGE)}:{node.name}")
    assert long == []
