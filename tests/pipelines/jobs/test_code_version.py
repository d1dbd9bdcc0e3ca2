import re
from importlib.metadata import version

from pipelines.jobs import code_version as module
from pipelines.jobs.code_version import code_version


def test_the_version_names_the_package_and_the_content_of_its_files(tmp_path, monkeypatch):
    assert re.fullmatch(re.escape(version("mathmine")) + r"\+[0-9a-f]{12}", code_version())
    monkeypatch.setattr(module, "_ROOT", tmp_path)
    (tmp_path / "schemas").mkdir()
    versions = []
    for content in ("a = 1", "a = 2", "a = 1"):
        (tmp_path / "schemas/a.py").write_text(content)
        code_version.cache_clear()
        versions.append(code_version())
    code_version.cache_clear()
    assert versions[0] == versions[2] != versions[1]
