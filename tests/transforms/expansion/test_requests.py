"""Neighbours are fetched together if that is cheaper, and records are cut out exactly."""

from transforms.expansion import requests
from transforms.expansion.requests import Request, requests_for

GAP = requests._MAX_GAP


def test_records_with_a_small_gap_are_one_request():
    [request] = requests_for([("a", 10, 5), ("a", 15 + GAP, 5)])
    assert request == Request("a", 10, 20 + GAP, ((10, 5), (15 + GAP, 5)))
    assert request.size == 10 + GAP


def test_records_with_a_larger_gap_or_in_other_files_are_requests_of_their_own():
    records = [("a", 10, 5), ("a", 16 + GAP, 5), ("b", 21 + GAP, 5)]
    assert [request.records for request in requests_for(records)] == [
        ((10, 5),),
        ((16 + GAP, 5),),
        ((21 + GAP, 5),),
    ]


def test_a_request_has_at_most_so_many_bytes_unless_one_record_has_more(monkeypatch):
    monkeypatch.setattr(requests, "_MAX_BYTES", 100)
    records = [("a", 0, 60), ("a", 60, 40), ("a", 100, 1), ("a", 101, 200)]
    assert [request.size for request in requests_for(records)] == [100, 1, 200]


def test_records_that_overlap_are_cut_out_of_one_request():
    [request] = requests_for([("a", 5, 10), ("a", 5, 4), ("a", 8, 3)])
    assert (request.start, request.stop) == (5, 15)
    assert list(request.members(b"0123456789")) == [b"0123456789", b"0123", b"345"]


def test_no_record_is_no_request():
    assert list(requests_for([])) == []
