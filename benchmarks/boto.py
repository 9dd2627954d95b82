"""What the seed does: boto3's managed transfer. boto.py put|get ENDPOINT BUCKET PREFIX FOLDER"""
from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
from botocore.config import Config


def main() -> None:
    verb, endpoint, bucket, prefix, folder = sys.argv[1:6]
    client = boto3.client("s3", endpoint_url=endpoint, config=Config(
        max_pool_connections=32, s3={"addressing_style": "path"}))
    root = Path(folder)
    with ThreadPoolExecutor(16) as pool:
        if verb == "put":
            files = [Path(at, name) for at, _, names in os.walk(root) for name in names] or [root]
            if root.is_file():
                client.upload_file(str(root), bucket, prefix)
                return
            list(pool.map(lambda file: client.upload_file(
                str(file), bucket, f"{prefix}/{file.relative_to(root)}"), files))
            return
        keys = [item["Key"] for page in client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix) for item in page.get("Contents", [])]
        for key in keys:
            (root / key[len(prefix):].strip("/")).parent.mkdir(parents=True, exist_ok=True)
        list(pool.map(lambda key: client.download_file(
            bucket, key, str(root / (key[len(prefix):].strip("/") or "file"))), keys))


if __name__ == "__main__":
    main()
