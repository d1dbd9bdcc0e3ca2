import threading

from transforms.html.pattern_set import MatchEnds, PatternSet


def test_a_pattern_is_found_if_it_occurs_often_enough():
    patterns = PatternSet({"item": "<li", "list": "(?i)<ul"}, more_than={"item": 2})
    assert patterns.find("<UL><li><li>") == {"list"}
    assert patterns.find("<ul><li><li><li>") == {"item", "list"}
    assert patterns.find("") == frozenset()


def test_patterns_are_those_of_utf_8():
    assert PatternSet({"a": "\u00e9+$", "b": r"\xee\x80\x80"}, {}).find("caf\u00e9") == {"a"}


def test_ends_are_offsets_in_bytes_and_each_is_returned_once():
    assert MatchEnds(["b", "ab", "c"]).find("\u00e9ab c") == [4, 6]


def test_threads_share_a_set():
    patterns = PatternSet({"a": "a.*b", "c": "c"}, {})
    found: list[frozenset[str]] = []
    threads = [
        threading.Thread(target=lambda: found.append(patterns.find("a" * 100_000 + "b")))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [frozenset("a")] * 8
