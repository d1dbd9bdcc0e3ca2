"""Read buckets of S3 without credentials, or at the reader's cost, which Beam's client cannot."""

import io
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from schemas.errors import InputError
from transforms.storage.remote_access import RemoteAccess
from transforms.storage.remote_file import Connection, RemoteFile, TransientError

_LATER = frozenset((
    "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling", "500", "503",
))  # fmt: skip
_LIST_ATTEMPTS = 5
_PAGE = 1000  # objects in one answer


def open_s3(
    url: str,
    access: RemoteAccess,
    options: Mapping[str, Any],
    start: int = 0,
    stop: int | None = None,
) -> RemoteFile:
    """Open an object as a seekable file, or only its bytes from `start` to `stop`.

    `options` are Beam's for S3 (endpoint, region, keys).

    Raises InputError if there is no such object, or it may not be read.
    """
    bucket, key = _split(url)
    client, payer = _client(bucket, access, options)
    end = "" if stop is None else stop - 1

    def connect(offset: int) -> Connection:
        response = _call(
            url, client.get_object, Bucket=bucket, Key=key, Range=f"bytes={offset}-{end}", **payer
        )
        size = int(response["ContentRange"].rpartition("/")[2])
        return Connection(_Body(response["Body"]), size, response.get("ETag", ""))

    return RemoteFile(url, connect, access, start)


def list_s3(
    prefix: str, access: RemoteAccess, options: Mapping[str, Any]
) -> Iterator[tuple[str, int, float]]:
    """Yield URL, size in bytes and time of change of the objects whose URL begins with `prefix`."""
    bucket, key = _split(prefix)
    client, payer = _client(bucket, access, options, attempts=_LIST_ATTEMPTS)
    token: dict[str, str] = {}
    while True:
        try:
            page = _call(
                prefix,
                client.list_objects_v2,
                Bucket=bucket,
                Prefix=key,
                MaxKeys=_PAGE,
                **payer,
                **token,
            )
        except TransientError as error:
            raise InputError(f"{prefix}: {error}") from error
        for item in page.get("Contents", ()):
            modified = item["LastModified"].timestamp()
            yield f"s3://{bucket}/{item['Key']}", item["Size"], modified
        if not page.get("IsTruncated"):
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}


def _split(url: str) -> tuple[str, str]:
    bucket, _, key = url.removeprefix("s3://").partition("/")
    return bucket, key


def _client(
    bucket: str, access: RemoteAccess, options: Mapping[str, Any], attempts: int = 1
) -> tuple[Any, dict[str, str]]:
    """Return a client for a bucket, and what its requests say about who pays."""
    client = _client_for(
        bucket in access.anonymous_buckets, access.timeout, tuple(sorted(options.items())), attempts
    )
    pays = bucket in access.requester_pays_buckets
    return client, {"RequestPayer": "requester"} if pays else {}


@lru_cache(maxsize=8)
def _client_for(
    is_anonymous: bool, timeout: float, options: tuple[tuple[str, Any], ...], attempts: int
) -> Any:
    """Return a client, one for all reads: making it takes longer than a read of a record."""
    given = dict(options)
    try:
        import boto3
        from botocore import UNSIGNED
        from botocore.config import Config
    except ImportError as error:
        raise InputError('s3://: pip install "mathmine[aws]"') from error
    config = Config(
        connect_timeout=timeout,
        read_timeout=timeout,
        retries={"total_max_attempts": attempts},
        **({"signature_version": UNSIGNED} if is_anonymous else {}),
    )
    keys = {
        "aws_access_key_id": given.get("s3_access_key_id"),
        "aws_secret_access_key": given.get("s3_secret_access_key"),
        "aws_session_token": given.get("s3_session_token"),
    }
    return boto3.client(
        "s3",
        endpoint_url=given.get("s3_endpoint_url"),
        region_name=given.get("s3_region_name") or "us-east-1",
        config=config,
        **({} if is_anonymous else keys),
    )


def _call(url: str, method: Any, **arguments: Any) -> dict[str, Any]:
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        return cast(dict[str, Any], method(**arguments))
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _LATER:
            raise TransientError(code) from error
        if code == "InvalidRange":  # an empty object
            return _EMPTY
        raise InputError(f"{url}: {error}") from error
    except NoCredentialsError as error:
        raise InputError(
            f"{url}: no credentials for S3; name the bucket with --anonymous-bucket if it is public"
        ) from error
    except BotoCoreError as error:
        raise TransientError(type(error).__name__, is_unreachable=True) from error


_EMPTY = {"ContentRange": "bytes */0", "Body": io.BytesIO(), "ETag": ""}


class _Body:
    """The bytes of an object, which fail with TransientError."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; raises TransientError."""
        from botocore.exceptions import BotoCoreError
        from urllib3.exceptions import HTTPError

        try:
            return cast(bytes, self._stream.read(size))
        except (BotoCoreError, HTTPError, OSError) as error:
            raise TransientError(type(error).__name__) from error

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
