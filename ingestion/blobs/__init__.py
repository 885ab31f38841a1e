"""Original files and page images, by key: a folder, S3 or Azure behind one interface (obstore)."""

from ingestion.blobs.build import build_blob_store
from ingestion.blobs.port import BlobStore, pieces_of
from ingestion.blobs.store import ObjectBlobStore

__all__ = ["BlobStore", "ObjectBlobStore", "build_blob_store", "pieces_of"]
