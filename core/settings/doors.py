"""Settings of who else may come in: pages of other sites, and people whom others have signed in."""

import re

from pydantic import Field, SecretStr, field_validator, model_validator

from core.settings.section import InFile, Section

_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9._-]{1,253})(:\d{1,5})?")
_OWN_PORTS = {"http": ":80", "https": ":443"}


class CorsSettings(Section):
    """Pages of other sites that may use the HTTP API."""

    origins: InFile[str] = Field(
        "",
        description="Origins (https://app.example.org) of other sites, with commas between, whose pages may use the HTTP API with a"
        " bearer token or an API key; never with a browser's cookie. Empty: none.",
    )

    @field_validator("origins")
    @classmethod
    def _origins_are_origins(cls, value: str) -> str:
        for name in _names_in(value):
            if not _ORIGIN.fullmatch(name):
                raise ValueError(f"“{name}” is no origin: https://app.example.org, without a path; * is not taken")
        return value

    @property
    def names(self) -> list[str]:
        """The origins as browsers send them: in lower case, without the scheme's own port."""
        return [name.removesuffix(_OWN_PORTS[name.partition("://")[0]]) for name in _names_in(self.origins)]


def _names_in(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip().lower())]


class ProxySettings(Section):
    """A proxy in front that signs people in."""

    user_header: InFile[str] = Field(
        "",
        pattern=r"^([A-Za-z][A-Za-z0-9-]{0,63})?$",
        description="Header with the name of the person whom the proxy has signed in (X-Forwarded-User). It is believed from"
        " FOOTNOTE_TRUSTED_PROXIES alone; the proxy has to remove it from what others send. Empty: none.",
    )
    groups_header: InFile[str] = Field(
        "",
        pattern=r"^([A-Za-z][A-Za-z0-9-]{0,63})?$",
        description="Header with the person's groups, with commas between. Empty: none.",
    )


class OidcSettings(Section):
    """An OpenID Connect provider that signs people in: Entra ID, Google, Keycloak or any with a discovery document."""

    issuer: InFile[str] = Field(
        "",
        pattern=r"^(https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?[^\s?#]*)?$",
        description="Address of the provider, below which /.well-known/openid-configuration stands. Empty: no such sign-in.",
    )
    client_id: InFile[str] = Field("", max_length=500, description="Name of this installation at the provider.")
    client_secret: InFile[SecretStr | None] = Field(
        None,
        description="Secret of this installation at the provider, better set as FOOTNOTE_OIDC_CLIENT_SECRET; none for a public client.",
        examples=['client_secret = "what the provider shows once"'],
    )
    name: InFile[str] = Field("single sign-on", min_length=1, max_length=60, description="What the button says.")
    scopes: InFile[str] = Field("openid profile email", description="Scopes that the provider is asked for.")
    username_claim: InFile[str] = Field(
        "preferred_username", description="Claim of which a new person's name is made; else that of the e-mail."
    )
    groups_claim: InFile[str] = Field("groups", description="Claim with the names of the person's groups.")

    @model_validator(mode="after")
    def _a_provider_knows_us(self) -> "OidcSettings":
        if self.issuer and not self.client_id:
            raise ValueError("FOOTNOTE_OIDC_ISSUER needs FOOTNOTE_OIDC_CLIENT_ID")
        return self
