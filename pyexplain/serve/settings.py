"""What a service allows, and where it listens."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True)
class ServiceSettings:
    """host, port: where it listens; nobody outside this machine gets in unless told otherwise. token: what `Authorization: Bearer`
    must bring, None = nobody is asked. explainer: another than the run's own.

    Limits: body, bytes of a request; items, places of a list; pairs, of a batch; seconds, until an answer is given up; waiting,
    requests that may stand in line, beyond which one is sent away.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    explainer: str | None = None
    body: int = 1 << 20
    items: int = 100
    pairs: int = 100
    seconds: float = 10.0
    waiting: int = 64

    @property
    def only_here(self) -> bool:
        """Whether it listens to this machine alone."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def url(self) -> str:
        """Where to look."""
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"
