"""Compare `to_latex` with pandoc on MathML that several programs make from the same TeX.

usage: python benchmarks/mathml.py CHECKS [--wrong PROGRAM]

CHECKS is the folder `checks/extraction` of the shared data: its TeX, and its canonical form of a
formula, in which the results are compared. Annotations with the TeX are removed first. `--wrong`
prints the formulas of a program that only `to_latex` gets wrong.

    pip install latex2mathml pypandoc_binary rapidfuzz unicodeit py-asciimath
    npm install --prefix DIR mathjax-full@3 katex temml && export NODE_PATH=DIR/node_modules

Programs that are not installed are skipped with a reason.
"""

import importlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from transforms.latex.mathml.convert import to_latex

_Formulas = Sequence[tuple[str, bool]]  # TeX, and whether it is a display formula
_PROGRAMS_JS = Path(__file__).with_name("mathml_programs.js")
_ANNOTATION = re.compile(r"<annotation\b.*?</annotation>", re.S)
_MATH = re.compile(r"<math\b.*?</math>", re.S)
_NO_TEX = ("mathml", "mml", "ascii", "script_am")  # parts of the kinds without an author's TeX
_PANDOC_API = [1, 23, 1]


class _MissingError(Exception):
    """A program is not installed."""


def main() -> None:
    """Print a row for each program: formulas, and the shares of exact ones."""
    checks = Path(sys.argv[1])
    wrong = sys.argv[3] if len(sys.argv) > 3 and sys.argv[2] == "--wrong" else ""
    sys.path.insert(0, str(checks))
    canonical = importlib.import_module("score").canonical
    formulas = _read_formulas(checks / "data" / "math" / "gt")
    print(f"{len(formulas)} formulas\nprogram        made  mathmine  pandoc")
    for name, make in _PROGRAMS.items():
        try:
            made = make(formulas)
            pairs = [
                (canonical(tex), _ANNOTATION.sub("", mathml))
                for (tex, _), mathml in zip(formulas, made, strict=True)
                if mathml and canonical(tex)
            ]
            mathml = [source for _, source in pairs]
            ours = [canonical(to_latex(source)) for source in mathml]
            theirs = [canonical(tex) for tex in _read_by_pandoc(mathml)]
        except _MissingError as error:
            print(f"{name:<12} skipped: {error}")
            continue
        wanted = [tex for tex, _ in pairs]
        shares = [_exact(wanted, results) for results in (ours, theirs)]
        print(f"{name:<12} {len(pairs):>6}  {shares[0]:>8.4f}  {shares[1]:>6.4f}", flush=True)
        if name == wrong:
            _print_wrong(pairs, ours, theirs)


def _exact(wanted: Sequence[str], results: Sequence[str]) -> float:
    equal = sum(tex == result for tex, result in zip(wanted, results, strict=True))
    return equal / max(1, len(wanted))


def _print_wrong(
    pairs: Sequence[tuple[str, str]], ours: Sequence[str], theirs: Sequence[str]
) -> None:
    for (tex, mathml), mine, other in zip(pairs, ours, theirs, strict=True):
        if mine != tex and other == tex:
            print(f"  wanted {tex}\n  got    {mine}\n  from   {' '.join(mathml.split())}")


def _read_formulas(folder: Path) -> list[tuple[str, bool]]:
    """Return the distinct formulas of the pages for which the author's TeX is known, in order."""
    formulas: dict[str, bool] = {}
    for path in sorted(folder.glob("*.json")):
        for formula in json.loads(path.read_text(encoding="utf-8"))["formulas"]:
            if not any(part in formula["kind"] for part in _NO_TEX):
                formulas.setdefault(formula["tex"].strip(), bool(formula.get("display")))
    return list(formulas.items())


def _by_node(program: str) -> Callable[[_Formulas], list[str | None]]:
    def make(formulas: _Formulas) -> list[str | None]:
        if shutil.which("node") is None:
            raise _MissingError("node is not on the PATH")
        command = ["node", str(_PROGRAMS_JS), program]
        result = subprocess.run(command, input=json.dumps(formulas), capture_output=True, text=True)
        if result.returncode:
            raise _MissingError(f"npm install {program}; then export NODE_PATH")
        made: list[str | None] = json.loads(result.stdout)
        return made

    return make


def _by_latex2mathml(formulas: _Formulas) -> list[str | None]:
    convert = _import("latex2mathml.converter", "latex2mathml").convert
    made: list[str | None] = []
    for tex, display in formulas:
        try:
            made.append(convert(tex, display="block" if display else "inline"))
        except Exception:  # noqa: BLE001 - its errors have no common base
            made.append(None)
    return made


def _by_pandoc(formulas: _Formulas) -> list[str | None]:
    blocks = [_pandoc_math(tex, display) for tex, display in formulas]
    document = {"pandoc-api-version": _PANDOC_API, "meta": {}, "blocks": blocks}
    html = _pandoc(json.dumps(document), "json", "html", "--mathml")
    paragraphs = re.findall(r"<p>(.*?)</p>", html, re.S)
    found = [_MATH.search(paragraph) for paragraph in paragraphs]
    return [match[0] if match else None for match in found]


def _pandoc_math(tex: str, display: bool) -> dict[str, Any]:
    kind = {"t": "DisplayMath" if display else "InlineMath"}
    return {"t": "Para", "c": [{"t": "Math", "c": [kind, tex]}]}


def _by_latexml(formulas: _Formulas) -> list[str | None]:
    if shutil.which("latexmlmath") is None:
        raise _MissingError("latexmlmath is not on the PATH (install LaTeXML)")
    made: list[str | None] = []
    for tex, _ in formulas:
        command = ["latexmlmath", "--pmml=-", "--", tex]
        made.append(subprocess.run(command, capture_output=True, text=True).stdout or None)
    return made


def _read_by_pandoc(sources: Sequence[str]) -> list[str]:
    divisions = [f'<div id="{i}"><p>{source}</p></div>' for i, source in enumerate(sources)]
    document = json.loads(_pandoc("\n".join(divisions), "html", "json"))
    results = [""] * len(sources)
    for block in document["blocks"]:
        results[int(block["c"][0][0])] = " ".join(_math_of(block))
    return results


def _math_of(node: Any) -> list[str]:
    """Return the TeX of the formulas in a part of pandoc's document."""
    if isinstance(node, dict):
        return [node["c"][1]] if node.get("t") == "Math" else _math_of(node.get("c"))
    return [tex for part in node for tex in _math_of(part)] if isinstance(node, list) else []


def _pandoc(text: str, source: str, target: str, *options: str) -> str:
    path = _import("pypandoc", "pypandoc_binary").get_pandoc_path()
    command = [path, "-f", source, "-t", target, "--wrap=none", *options]
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return result.stdout


def _import(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise _MissingError(f"pip install {package}") from error


_PROGRAMS: dict[str, Callable[[_Formulas], list[str | None]]] = {
    "MathJax 3": _by_node("mathjax"),
    "KaTeX": _by_node("katex"),
    "Temml": _by_node("temml"),
    "latex2mathml": _by_latex2mathml,
    "pandoc": _by_pandoc,
    "LaTeXML": _by_latexml,
}

if __name__ == "__main__":
    main()
