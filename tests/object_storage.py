"""Object storage that runs here: moto's server for S3, Azurite for Azure Blob Storage. Both speak the real protocols."""

import base64
import hashlib
import hmac
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import boto3  # type: ignore[import-untyped]
import httpx
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from core.settings import BlobSettings
from scripts import azurite

BUCKET = "footnote"
PREFIX = "installation/one"
AZURE_ACCOUNT = "devstoreaccount1"  # Azurite's own, published with it
AZURE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
AZURE_VERSION = "2021-08-06"


@contextmanager
def s3_server() -> Iterator[BlobSettings]:
    """An S3 with an empty bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        settings = BlobSettings(
            url=f"s3://{BUCKET}/{PREFIX}",
            endpoint=f"http://{host}:{port}",
            access_key="an id",
            secret_key=SecretStr("a secret"),
        )
        s3_client(settings).create_bucket(Bucket=BUCKET)
        yield settings
    finally:
        server.stop()


def s3_client(settings: BlobSettings):  # type: ignore[no-untyped-def]  # boto3 has no types
    """The stock client, to look from outside."""
    return boto3.client(
        "s3", endpoint_url=settings.endpoint, aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1"
    )


@contextmanager
def azure_server(folder: Path) -> Iterator[BlobSettings]:
    """An Azure Blob Storage with an empty container."""
    missing = azurite.install()
    if missing:
        assert not os.environ.get("CI"), f"missing: {missing}"
        pytest.skip(f"missing: {missing}")
    command = ["node", str(azurite.PROGRAM), "--blobHost", "127.0.0.1", "--blobPort", "0", "--location", str(folder)]
    arguments = [*command, "--disableTelemetry", "--skipApiVersionCheck", "--silent"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            endpoint = f"{_address(process)}/{AZURE_ACCOUNT}"
            _make_container(endpoint)
            yield BlobSettings(
                url=f"az://{BUCKET}/{PREFIX}",
                endpoint=endpoint,
                access_key=AZURE_ACCOUNT,
                secret_key=SecretStr(AZURE_KEY),
            )
        finally:
            process.terminate()
    shutil.rmtree(folder, ignore_errors=True)


def _address(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"listens on (http://\S+)", line):
            return found[1]
    raise AssertionError("Azurite did not start")


def _make_container(endpoint: str) -> None:
    """By hand: obstore makes no containers, and one call is no reason for another client."""
    date = format_datetime(datetime.now(UTC), usegmt=True)
    headers = f"x-ms-date:{date}\nx-ms-version:{AZURE_VERSION}\n"
    resource = f"/{AZURE_ACCOUNT}/{AZURE_ACCOUNT}/{BUCKET}\nrestype:container"
    signed = ("PUT" + "\n" * 12 + headers + resource).encode()
    signature = base64.b64encode(hmac.new(base64.b64decode(AZURE_KEY), signed, hashlib.sha256).digest()).decode()
    httpx.put(
        f"{endpoint}/{BUCKET}",
        params={"restype": "container"},
        headers={
            "x-ms-date": date,
            "x-ms-version": AZURE_VERSION,
            "Authorization": f"SharedKey {AZURE_ACCOUNT}:{signature}",
            "Content-Length": "0",
        },
    ).raise_for_status()
