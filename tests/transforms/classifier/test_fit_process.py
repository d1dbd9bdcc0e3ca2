import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_CODE = """
import sys
import transforms.classifier.fit_process
print(sorted({"apache_beam", "pyarrow", "schemas"} & set(sys.modules)))
"""


@pytest.mark.slow
def test_a_process_that_fits_imports_neither_beam_nor_arrow_nor_settings():
    command = [sys.executable, "-c", _CODE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
