from training.evaluation.digests import file_digests, folder_digests

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # of SHA-256's standard
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_each_file_has_a_digest_even_if_two_have_the_same_name(tmp_path):
    paths = [tmp_path / folder / "bench" / "test.jsonl" for folder in ("a", "b")]
    for path, content in zip(paths, (b"abc", b""), strict=True):
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    assert file_digests(paths) == {str(paths[0]): ABC, str(paths[1]): EMPTY}
    assert file_digests([]) == {}


def test_the_files_of_a_folder_are_named_by_their_names(tmp_path):
    (tmp_path / "b.safetensors").write_bytes(b"abc")
    (tmp_path / "a.json").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    assert list(folder_digests(tmp_path).items()) == [("a.json", EMPTY), ("b.safetensors", ABC)]
