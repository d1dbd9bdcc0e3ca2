"""Read and write objects of S3, with retries.

Beam's client reads neither without credentials nor at the reader's cost, takes a body that is
shorter than the object for a whole one, and makes an object of an upload that was interrupted.
"""

import io
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from schemas.errors import InputError
from transforms.storage.remote_access import RemoteAccess
from transforms.storage.remote_file import Connection, RemoteFile, TransientError

_LATER = frozenset((
    "SlowDown", "ServiceUnavailable", "InternalError", "RequestTimeout", "Throttling", "500", "503",
))  # fmt: skip
_ATTEMPTS = 10  # of requests whose answers are short: about a minute
_PAGE = 1000  # objects in one answer


class NoObjectError(InputError, FileNotFoundError):
    """There is no such object."""


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


def write_s3(local: Path, url: str, access: RemoteAccess, options: Mapping[str, Any]) -> None:
    """Upload a local file, which appears as one object or not at all; raises InputError."""
    from boto3.s3.transfer import TransferConfig

    bucket, key = _split(url)
    client, payer = _client(bucket, access, options, _ATTEMPTS)
    parts = TransferConfig(use_threads=False)
    try:
        with local.open("rb") as file:
            _call(url, client.upload_fileobj, file, bucket, key, ExtraArgs=payer, Config=parts)
    except TransientError as error:
        raise _later(url, error) from error


def exists_s3(url: str, access: RemoteAccess, options: Mapping[str, Any]) -> bool:
    """Return whether there is an object at a URL; raises InputError if that cannot be told."""
    try:
        _answer(url, "head_object", access, options)
    except NoObjectError:
        return False
    return True


def remove_s3(url: str, access: RemoteAccess, options: Mapping[str, Any]) -> None:
    """Remove an object; raises InputError if it cannot be."""
    _answer(url, "delete_object", access, options)


def _answer(url: str, method: str, access: RemoteAccess, options: Mapping[str, Any]) -> Any:
    """Return the answer to a request about one object."""
    bucket, key = _split(url)
    client, payer = _client(bucket, access, options, _ATTEMPTS)
    try:
        return _call(url, getattr(client, method), Bucket=bucket, Key=key, **payer)
    except TransientError as error:
        raise _later(url, error) from error


def _later(url: str, error: Exception) -> InputError:
    return InputError(f"{url}: {error}, {_ATTEMPTS} times. Run the command again later to resume")


def list_s3(
    prefix: str, access: RemoteAccess, options: Mapping[str, Any]
) -> Iterator[tuple[str, int, float]]:
    """Yield URL, size in bytes and time of change of the objects whose URL begins with `prefix`."""
    bucket, key = _split(prefix)
    client, payer = _client(bucket, access, options, _ATTEMPTS)
    arguments = {"Bucket": bucket, "Prefix": key, "MaxKeys": _PAGE, **payer}
    while True:
        try:
            page = _call(prefix, client.list_objects_v2, **arguments)
        except TransientError as error:
            raise _later(prefix, error) from error
        for item in page.get("Contents", ()):
            modified = item["LastModified"].timestamp()
            yield f"s3://{bucket}/{item['Key']}", item["Size"], modified
        if not page.get("IsTruncated"):
            return
        arguments["ContinuationToken"] = page["NextContinuationToken"]


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
        retries={"total_max_attempts": attempts, "mode": "standard"},
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
        region_name=given.get("s3_region_name") or ("us-east-1" if is_anonymous else None),
        api_version=given.get("s3_api_version"),
        use_ssl=not given.get("s3_disable_ssl"),
        verify=given.get("s3_verify"),
        config=config,
        **({} if is_anonymous else keys),
    )


def _call(url: str, method: Any, *values: Any, **arguments: Any) -> Any:
    """Return what a method of the client returns.

    Raises TransientError, NoObjectError or InputError.
    """
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

    try:
        return method(*values, **arguments)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _LATER or status >= 500:
            raise TransientError(code) from error
        if code == "InvalidRange":  # an empty object
            return _EMPTY
        if code in ("NoSuchKey", "404"):
            raise NoObjectError(f"{url}: {error}") from error
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
