"""Builds the blob store from the settings: provider, credentials, timeouts."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.store import AzureStore, LocalStore, ObjectStore, S3Store

from core.errors import SettingsInvalid
from core.settings import BlobSettings
from ingestion.blobs.disk import Disk
from ingestion.blobs.errors import first_line
from ingestion.blobs.store import ObjectBlobStore

if TYPE_CHECKING:
    from obstore.store import AzureConfig, ClientConfig, RetryConfig, S3Config

S3, AZURE = ("s3://", "s3a://"), ("az://", "azure://", "abfs://", "abfss://")
# 20 s are enough for a part of 5 MiB at 2 Mbit/s; a whole file may take as long as its reader takes.
# Addresses are https unless the operator writes http://.
CLIENT: "ClientConfig" = {"connect_timeout": "5s", "read_timeout": "20s", "timeout": "6h", "allow_http": True}
RETRIES: "RetryConfig" = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 3},
}


def build_blob_store(settings: BlobSettings, var_dir: Path) -> ObjectBlobStore:
    """The store that the settings name; without a URL, ``{var_dir}/blobs``.

    Raises:
        SettingsInvalid: the URL is of an unknown kind, or lacks a part.
    """
    if settings.url is None:
        disk = Disk(var_dir.absolute() / "blobs", settings.min_free_bytes)
        return ObjectBlobStore(LocalStore(disk.path, automatic_cleanup=True), disk, is_local=True)
    store = remote_store(settings, settings.url)
    return ObjectBlobStore(store, Disk(var_dir.absolute() / "copies", settings.min_free_bytes), is_local=False)


def remote_store(settings: BlobSettings, url: str) -> ObjectStore:
    """The bucket or container of a URL. Raises SettingsInvalid."""
    try:
        if url.startswith(S3):
            return S3Store.from_url(url, config=_s3(settings), client_options=CLIENT, retry_config=RETRIES)
        if url.startswith(AZURE):
            config = _azure(settings)
            return AzureStore.from_url(url, config=config, client_options=CLIENT, retry_config=RETRIES)
    except Exception as error:  # obstore raises different classes for each cloud
        raise SettingsInvalid(f"FOOTNOTE_BLOB_URL: the storage cannot be used ({first_line(error)}).") from error
    raise SettingsInvalid("FOOTNOTE_BLOB_URL: it must begin with s3:// or az://.")


def _s3(settings: BlobSettings) -> "S3Config":
    config: S3Config = {}
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    if settings.region:
        config["region"] = settings.region
    if settings.access_key and settings.secret_key:
        config["access_key_id"] = settings.access_key
        config["secret_access_key"] = settings.secret_key.get_secret_value()
    return config


def _azure(settings: BlobSettings) -> "AzureConfig":
    config: AzureConfig = {}
    if settings.endpoint:
        config["endpoint"] = settings.endpoint
    if settings.access_key:
        config["account_name"] = settings.access_key
    if settings.secret_key:
        config["account_key"] = settings.secret_key.get_secret_value()
    return config
