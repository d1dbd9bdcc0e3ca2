import pytest

from benchmarks.candidates import run, write_pages


@pytest.mark.slow
def test_the_benchmark_finds_domains_and_candidates(tmp_path, capsys):
    write_pages(tmp_path, pages=3_000, domains=30)
    run(tmp_path, processes=False)
    _, _, domains, candidates, unlisted = capsys.readouterr().out.split()
    assert (domains, unlisted) == ("30", "0")
    assert 30 <= int(candidates) <= 200
