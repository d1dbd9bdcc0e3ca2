from contextlib import contextmanager

import boto3
from moto.server import ThreadedMotoServer

from transforms.storage.files import Storage


@contextmanager
def object_store(region="us-east-1"):
    """A local S3 server with a bucket, a Storage for it, and a separate client."""
    server = ThreadedMotoServer(port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=endpoint, **keys)
    client.create_bucket(Bucket="bucket")
    options = {
        "s3_endpoint_url": endpoint,
        "s3_access_key_id": "k",
        "s3_secret_access_key": "s",
        "s3_region_name": region,
    }
    try:
        yield Storage(tuple(sorted(options.items()))), client
    finally:
        client.close()
        server.stop()
