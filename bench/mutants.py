"""Mutation testing: small faults in `transcript/`, `redaction/` and `release/`, and whether the quick tests notice.

    python -m bench.mutants                          a sample of every module -> bench/MUTANTS.md
    python -m bench.mutants --sample 20 redaction/residue transcript/lines

One fault at a time is put into the syntax tree of a module: a comparison turned round or moved by one, `and` for `or`,
a condition negated, a number one larger, a sign exchanged, a call left out. The module's own tests run first, then
those of its folder. A fault that no test notices is printed with its line: either a test is missing, or the line does
nothing. The choice is by a fixed seed for each module, so that a second run tries the same faults. Each runs in a
forked process, which shares the packages that were imported before; tests that start a Python of their own do not see
the fault.
"""

from __future__ import annotations

import argparse
import ast
import copy
import functools
import importlib
import json
import os
import random
import resource
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_loader
from pathlib import Path
from types import CodeType

ROOT = Path(__file__).resolve().parent.parent
TABLE = Path(__file__).with_name("MUTANTS.md")
PACKAGES = ("transcript", "redaction", "release")
SAMPLE = 10
NO_TESTS = 5
"""pytest's exit code where nothing was selected."""
SECONDS = 120
"""Processor time after which a fault counts as noticed: it made a loop endless."""
SHARED = (
    *(
        "pytest",
        "hypothesis",
        "numpy",
        "pydantic",
        "yaml",
        "rapidfuzz",
        "jellyfish",
        "docx",
        "openpyxl",
        "typst",
        "pypdf",
    ),
    *(
        "cryptography.fernet",
        "scipy.optimize",
        "pipeline.core.document",
        "pipeline.core.settings",
        "pipeline.weights.catalogue",
    ),
)
"""Imported once. None of them may import a package that is mutated."""
TURNED: tuple[tuple[type[ast.cmpop], type[ast.cmpop]], ...] = (
    (ast.Lt, ast.LtE),
    (ast.Gt, ast.GtE),
    (ast.Eq, ast.NotEq),
    (ast.In, ast.NotIn),
    (ast.Is, ast.IsNot),
)
COMPARED = {**dict(TURNED), **{b: a for a, b in TURNED}}
DECORATED = (ast.ClassDef, ast.FunctionDef)
SIGNS: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv}


@dataclass(frozen=True)
class Fault:
    """A fault that was tried. `state`: noticed, survived; `said` is the line as it was and as it became."""

    module: str
    line: int
    state: str
    said: str


def modules(names: list[str]) -> list[str]:
    """Paths below pipeline/ without ".py": those named, or all that have code."""
    every = (path for package in PACKAGES for path in sorted((ROOT / "pipeline" / package).rglob("*.py")))
    found = [path.relative_to(ROOT / "pipeline").with_suffix("").as_posix() for path in every]
    return names or [name for name in found if not name.endswith("__init__")]


def sites(tree: ast.Module) -> Iterator[tuple[int, Callable[[ast.AST], None]]]:
    """(index of a node in `ast.walk`, what to do to that node of a copy)."""
    decorators = (d for node in ast.walk(tree) if isinstance(node, DECORATED) for d in node.decorator_list)
    left_out = {id(node) for decorator in decorators for node in ast.walk(decorator)}  # @dataclass(frozen=True)
    for n, node in enumerate(ast.walk(tree)):
        if id(node) in left_out:
            continue
        if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARED:
            yield n, _compare
        elif isinstance(node, ast.BoolOp):
            yield n, _connect
        elif (
            isinstance(node, ast.BinOp)
            and type(node.op) in SIGNS
            and not isinstance(node.left, ast.Constant | ast.Name)
        ):
            yield n, _sign
        elif isinstance(node, ast.If | ast.While | ast.IfExp) and not _only_types(node):
            yield n, _negate
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float, bool):
            yield n, _number
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield n, _leave_out


def _only_types(node: ast.AST) -> bool:
    test = getattr(node, "test", None)
    return isinstance(test, ast.Name) and test.id == "TYPE_CHECKING"


def _compare(node: ast.AST) -> None:
    assert isinstance(node, ast.Compare)
    node.ops[0] = COMPARED[type(node.ops[0])]()


def _connect(node: ast.AST) -> None:
    assert isinstance(node, ast.BoolOp)
    node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _sign(node: ast.AST) -> None:
    assert isinstance(node, ast.BinOp)
    node.op = SIGNS[type(node.op)]()


def _negate(node: ast.AST) -> None:
    assert isinstance(node, ast.If | ast.While | ast.IfExp)
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _number(node: ast.AST) -> None:
    assert isinstance(node, ast.Constant)
    assert isinstance(node.value, int | float)
    node.value = not node.value if isinstance(node.value, bool) else node.value + 1


def _leave_out(node: ast.AST) -> None:
    assert isinstance(node, ast.Expr)
    node.value = ast.Constant(None)


def faults(source: str, name: str, sample: int) -> Iterator[tuple[int, str, ast.Module]]:
    """(line, what was changed, the whole tree with it) of a sample."""
    tree = ast.parse(source)
    found = list(sites(tree))
    lines = source.splitlines()
    for n, change in sorted(random.Random(name).sample(found, min(sample, len(found))), key=lambda site: site[0]):
        changed = copy.deepcopy(tree)
        node = list(ast.walk(changed))[n]
        change(node)
        ast.fix_missing_locations(changed)
        at = int(getattr(node, "lineno", 0))
        yield at, f"{lines[at - 1].strip()}  ->  {ast.unparse(node).splitlines()[0]}", changed


class _Faulty(SourceFileLoader):
    """Finds one module only, and gives its code with the fault."""

    def __init__(self, name: str, path: Path, code: CodeType) -> None:
        super().__init__(name, str(path))
        self._code = code

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        return spec_from_loader(name, self) if name == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        return self._code


def run(module: str, tree: ast.Module | None, tests: Path) -> int:
    """pytest's exit code on `tests` with the fault in place; of the module as it is where `tree` is None."""
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        return os.waitstatus_to_exitcode(status)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        import pytest

        if tree is not None:
            path = ROOT / "pipeline" / f"{module}.py"
            name = f"pipeline.{module.replace('/', '.')}"
            sys.meta_path.insert(0, _Faulty(name, path, compile(tree, str(path), "exec")))  # type: ignore[arg-type]
        quick = ["-m", "not models and not slow", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
        os._exit(int(pytest.main(["-x", "-q", *quick, str(tests)])))
    finally:
        os._exit(70)


def own_tests(module: str) -> list[Path]:
    """The module's own tests, then those of its folder."""
    folder, _, name = module.rpartition("/")
    found = [ROOT / "tests" / folder / f"test_{name}.py", ROOT / "tests" / module.split("/")[0]]
    return [path for path in found if path.exists()]


@functools.cache
def passes(tests: Path) -> bool:
    """Whether the tests pass without a fault; False where none of them is quick.

    Raises:
        SystemExit: they fail, so that they would "notice" anything.
    """
    code = run("", None, tests)
    if code not in (0, NO_TESTS):
        raise SystemExit(f"{tests}: fails without any fault ({code}); run it with pytest")
    return code == 0


def tried(module: str, sample: int) -> Iterator[Fault]:
    """The faults of a module, each with what became of it."""
    source = (ROOT / "pipeline" / f"{module}.py").read_text("utf-8")
    for line, said, tree in faults(source, module, sample):
        noticed = any(run(module, tree, tests) not in (0, NO_TESTS) for tests in own_tests(module) if passes(tests))
        yield Fault(module, line, "noticed" if noticed else "survived", said)


def table(found: list[Fault]) -> str:
    """The figures by module, and every fault that survived."""
    by_module: dict[str, list[Fault]] = defaultdict(list)
    for fault in found:
        by_module[fault.module].append(fault)
    rows = [
        f"| `{module}` | {len(some)} | {sum(f.state == 'noticed' for f in some)} |"
        for module, some in sorted(by_module.items())
    ]
    left = [f"* `{f.module}:{f.line}` `{f.said}`" for f in found if f.state == "survived"]
    noticed = sum(f.state == "noticed" for f in found)
    head = f"{noticed} of {len(found)} faults were noticed by quick tests (`python -m bench.mutants`)."
    parts = [head, "", "| module | faults | noticed |", "|---|---|---|", *rows, "", "Survived:", "", *left, ""]
    return "\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("names", nargs="*", help="modules, for example redaction/residue; all if none")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="faults in each module")
    parser.add_argument("--kept", type=Path, help="a file that remembers what was tried, to go on after a break")
    given = parser.parse_args()
    os.environ["PYTHONDONTWRITEBYTECODE"] = ""
    for name in SHARED:
        importlib.import_module(name)
    found: list[Fault] = []
    if given.kept and given.kept.exists():
        found = [Fault(**json.loads(line)) for line in given.kept.read_text("utf-8").splitlines()]
    done = {fault.module for fault in found}
    for module in modules(given.names):
        if module in done:
            continue
        for fault in tried(module, given.sample):
            found.append(fault)
            if fault.state == "survived":
                print(f"{fault.module}:{fault.line}  {fault.said}", flush=True)
            if given.kept:
                with given.kept.open("a", encoding="utf-8") as file:
                    print(json.dumps(asdict(fault)), file=file)
    if not given.names:
        TABLE.write_text(table(found), "utf-8")
    print(f"{sum(fault.state == 'noticed' for fault in found)} of {len(found)} noticed")


if __name__ == "__main__":
    main()
