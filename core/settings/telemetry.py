"""Settings of what operators see: numbers and traces."""

from pydantic import Field, SecretStr

from core.settings.section import InFile, Section


class TelemetrySettings(Section):
    """Where numbers are read, and where traces go."""

    metrics_port: InFile[int] = Field(
        0,
        ge=0,
        le=65535,
        description="Port, on FOOTNOTE_HOST, at which a web process answers `/metrics`; 0: none. A worker answers it at"
        " FOOTNOTE_WORKER_HEALTH_PORT.",
    )
    metrics_token: InFile[SecretStr | None] = Field(
        None,
        min_length=16,
        description="What Prometheus sends as bearer token for `/metrics`. With it, the web server's own port answers there too.",
        examples=['metrics_token = "random characters, 16 or more"'],
    )
    otlp_endpoint: InFile[str | None] = Field(
        None,
        pattern=r"^https?://[^\s/]+(/\S*)?$",
        description="Address of an OpenTelemetry collector that takes OTLP over HTTP (http://collector:4318); empty: nothing is traced.",
        examples=['otlp_endpoint = "http://collector:4318"'],
    )
    sample: InFile[float] = Field(1.0, ge=0, le=1, description="Share of the questions and uploads that are traced.")
    content: InFile[bool] = Field(
        False,
        description="Put prompts, which hold passages of documents, and answers into the traces; false: their lengths and tokens only.",
    )
