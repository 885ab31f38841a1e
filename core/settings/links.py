"""Settings of documents that are brought from where they are."""

import re

from pydantic import Field, SecretStr, field_validator

from core.addresses import Network, networks_of
from core.settings.section import InFile, Section

# No credentials in an address: it is shown and logged.
_FOLDER = r"^((s3a?|az|azure|abfss?)://[^\s@]+|https?://[^\s/@]+(/\S*)?)$"
_FOLDER_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


class FolderPlace(Section):
    """A bucket, a container or a WebDAV folder whose files are kept in step."""

    url: str = Field(pattern=_FOLDER, description="s3://bucket/prefix, az://container/prefix, or https:// for WebDAV.")
    endpoint: str | None = Field(
        None, pattern=r"^https?://", description="Address of the storage, when it is not Amazon's or Microsoft's own."
    )
    region: str | None = Field(None, description="Region of the S3 bucket.")
    access_key: str | None = Field(
        None,
        description="Id of the S3 access key, name of the Azure account, or WebDAV user; empty: AWS_* or AZURE_* variables.",
    )
    secret_key: SecretStr | None = Field(
        None, description="Secret of the S3 access key, key of the Azure account, or WebDAV password."
    )


class LinkSettings(Section):
    """Documents by links."""

    enabled: bool = Field(
        True, description="People may add pages by their links, which workers fetch; false: nothing is fetched."
    )
    networks: InFile[str] = Field(
        "",
        description="Addresses and networks (10.0.0.0/16) with commas between, from which links are read although they are not public;"
        " empty: none.",
    )
    every_s: InFile[int] = Field(
        86_400,
        ge=300,
        le=90 * 86_400,
        description="How often a link is read again, in seconds; unchanged pages cost nothing.",
    )
    max_pages: InFile[int] = Field(
        500,
        ge=1,
        le=50_000,
        description="Most pages of one site that are added by its sitemap or by links among its pages.",
    )
    timeout_s: InFile[float] = Field(
        60.0, gt=0, le=3600, description="Longest time for one page or file, redirects included, in seconds."
    )
    pause_s: InFile[float] = Field(
        1.0, ge=0, le=60, description="Pause between two requests for the pages of one site, in seconds."
    )
    at_once: InFile[int] = Field(4, ge=1, le=64, description="Links that one worker reads at the same time.")

    folders: InFile[dict[str, FolderPlace]] = Field(
        {},
        description="Buckets, containers and WebDAV folders by name, for `footnote ingest NAME` and for admins on the library page.",
        examples=[
            '[links.folders.contracts]\nurl = "s3://company/contracts"\nregion = "eu-central-1"\n\n'
            '[links.folders.handbook]\nurl = "https://cloud.example.org/dav/handbook"\naccess_key = "footnote"\nsecret_key = "…"'
        ],
    )

    @field_validator("folders")
    @classmethod
    def _folders_have_short_names(cls, value: dict[str, FolderPlace]) -> dict[str, FolderPlace]:
        for name in value:
            if not _FOLDER_NAME.fullmatch(name):
                raise ValueError(f"“{name}” is no name of a folder: small letters, digits, - and _, a letter first")
        return value

    @field_validator("networks")
    @classmethod
    def _networks_are_networks(cls, value: str) -> str:
        networks_of(value)
        return value

    @property
    def also(self) -> list[Network]:
        """The networks that may be read besides the public ones."""
        return networks_of(self.networks)
