import hashlib
import io

from hypothesis import given
from hypothesis import strategies as st

from transforms.storage.hashed_file import HashedFile

READ_OR_SEEK = st.tuples(st.sampled_from(["read", "seek"]), st.integers(0, 40))


@given(st.binary(max_size=30), st.lists(READ_OR_SEEK))
def test_the_digest_is_of_the_whole_file_however_it_is_read(data, calls):
    file, plain = HashedFile(io.BytesIO(data)), io.BytesIO(data)
    for name, number in calls:
        assert getattr(file, name)(number) == getattr(plain, name)(number)
        assert file.tell() == plain.tell()
    assert file.seek(0, io.SEEK_END) == len(data)
    assert file.sha256() == hashlib.sha256(data).hexdigest()
