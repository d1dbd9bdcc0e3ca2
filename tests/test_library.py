"""The library surface of `transforms` and `training`, and what importing it loads."""

import subprocess
import sys
from pathlib import Path

import pytest

import training
import transforms

pytestmark = pytest.mark.slow  # starts processes

ROOT = Path(__file__).resolve().parents[1]

USE_TRANSFORMS = """
from transforms import extract, to_latex, url_key
assert extract(b'<p>so <script type="math/tex">x^2</script></p>').text == "so $x^2$"
assert to_latex("<math><msup><mi>x</mi><mn>2</mn></msup></math>") == "x^{2}"
assert url_key("http://www.example.org/a/") == "example.org/a"
"""
USE_TRAINING = """
from training import is_equal
assert is_equal("It is 1/2.", "0.5")
"""


def run_in_new_process(program):
    process = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
    return process.stdout.split()


@pytest.mark.parametrize("program", [USE_TRANSFORMS, USE_TRAINING])
def test_the_library_functions_work_without_beam_torch_or_transformers(program):
    modules = run_in_new_process(f"import sys\n{program}\nprint(*sys.modules)")
    assert {"apache_beam", "torch", "transformers"}.isdisjoint(modules)


@pytest.mark.parametrize("package", ["transforms", "training"])
def test_importing_a_package_loads_none_of_its_modules(package):
    modules = run_in_new_process(f"import sys, {package}\nprint(*sys.modules)")
    assert [name for name in modules if name.startswith(f"{package}.")] == []


def test_a_function_and_a_submodule_of_the_same_path_are_both_importable():
    program = """
        from transforms import extract
        import transforms.pages.extract
        import transforms.text.urls as urls
        from transforms import url_key, text
        assert transforms.pages.extract.extract is extract is transforms.extract
        assert urls.url_key is url_key
        assert text.urls is urls
    """
    run_in_new_process("\n".join(line.strip() for line in program.splitlines()))


@pytest.mark.parametrize("package", [transforms, training])
def test_every_public_name_exists_and_is_listed(package):
    assert set(package.__all__) <= set(dir(package))
    assert all(callable(getattr(package, name)) for name in package.__all__)


@pytest.mark.parametrize("package", [transforms, training])
def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match=r"no attribute 'extarct'"):
        _ = package.extarct
