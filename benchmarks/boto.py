"""What the seed does: boto3's managed transfer. boto.py put|get|list ENDPOINT BUCKET PREFIX FOLDER"""
from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config


def main() -> None:
    verb, endpoint, bucket, prefix, folder = sys.argv[1:6]
    client = boto3.client("s3", endpoint_url=endpoint, config=Config(
        max_pool_connections=32, s3={"addressing_style": "path"}))
    if verb == "list":
        print(sum(1 for _ in keys(client, bucket, prefix)))
        return
    with ThreadPoolExecutor(16) as pool:
        (put if verb == "put" else get)(client, pool, bucket, prefix, Path(folder))


def keys(client: Any, bucket: str, prefix: str) -> Iterator[str]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from (item["Key"] for item in page.get("Contents", []))


def put(client: Any, pool: ThreadPoolExecutor, bucket: str, prefix: str, root: Path) -> None:
    files = [Path(at, name) for at, _, names in os.walk(root) for name in names]
    list(pool.map(lambda file: client.upload_file(str(file), bucket, f"{prefix}/{file.relative_to(root)}"), files))


def get(client: Any, pool: ThreadPoolExecutor, bucket: str, prefix: str, root: Path) -> None:
    targets = {key: root / key[len(prefix):].strip("/") for key in keys(client, bucket, prefix)}
    for folder in {target.parent for target in targets.values()}:
        folder.mkdir(parents=True, exist_ok=True)
    list(pool.map(lambda one: client.download_file(bucket, one[0], str(one[1])), targets.items()))


if __name__ == "__main__":
    main()
