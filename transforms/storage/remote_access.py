"""How files on the web and in other people's buckets are read: every Storage carries this."""

from dataclasses import dataclass

DEFAULT_RATE = 4.0  # requests per second


@dataclass(frozen=True, slots=True)
class RemoteAccess:
    """Who reads over HTTPS and how fast, and which buckets of S3 need more than credentials.

    `contact` is an address or URL in the `User-Agent` of requests. `requests_per_second` holds for
    all processes of a machine together. A read fails after `timeout` seconds without a byte; the
    first retry of a failed request comes after about `retry_seconds`, later ones after longer.
    `anonymous_buckets` are read without credentials, `requester_pays_buckets` at the reader's cost.
    """

    contact: str = ""
    requests_per_second: float = DEFAULT_RATE
    timeout: float = 60.0
    retry_seconds: float = 1.0
    anonymous_buckets: frozenset[str] = frozenset()
    requester_pays_buckets: frozenset[str] = frozenset()

    def is_special(self, path: str) -> bool:
        """Return whether a path is in a bucket of S3 that Beam cannot read."""
        scheme, _, rest = path.partition("://")
        bucket = rest.partition("/")[0]
        special = self.anonymous_buckets | self.requester_pays_buckets
        return scheme == "s3" and bucket in special


def is_http(path: str) -> bool:
    """Return whether a path is an HTTP or HTTPS URL."""
    return path.startswith(("http://", "https://"))


def is_s3(path: str) -> bool:
    """Return whether a path is the URL of an object of S3."""
    return path.startswith("s3://")
