"""Where a Milvus is, and what opens it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.redaction import without_credentials

_SERVER_SCHEMES = ("http://", "https://", "tcp://", "unix:")
_NEVER_MS = 2**31 - 1
# pymilvus pings an idle connection every 10 s; Milvus Lite finds that too often, and hangs up with a message on stderr.
_EMBEDDED_OPTIONS = {"grpc_options": {"grpc.keepalive_time_ms": _NEVER_MS, "grpc.keepalive_permit_without_calls": 0}}


@dataclass(frozen=True, slots=True, repr=False)  # no log may show its token or password
class Address:
    """The path of an embedded file, or the URI of a server. `timeout_seconds` bounds a request with its retries."""

    uri_or_path: str | Path
    token: str | None = None
    tls_ca: Path | None = None
    timeout_seconds: float = 10.0

    @property
    def path(self) -> Path | None:
        """The embedded file; None for a server."""
        return None if str(self.uri_or_path).startswith(_SERVER_SCHEMES) else Path(self.uri_or_path)

    @property
    def place(self) -> str:
        """Its name in messages."""
        return str(self.path) if self.path is not None else without_credentials(str(self.uri_or_path))

    @property
    def client_options(self) -> dict[str, Any]:
        return {"token": self.token or "", **(_EMBEDDED_OPTIONS if self.path is not None else self._trusting)}

    @property
    def _trusting(self) -> dict[str, Any]:
        return {} if self.tls_ca is None else {"secure": True, "server_pem_path": str(self.tls_ca)}
