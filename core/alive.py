"""Whether the web process answers: `python -m core.alive /livez`, the container's health check."""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping


def host_header(environ: Mapping[str, str]) -> str:
    """A host name that the settings allow: asking as 127.0.0.1 would be refused where only the ward's name is."""
    first = environ.get("PLATEAU_ALLOWED_HOSTS", "").split(",")[0].strip().lstrip(".")
    return "127.0.0.1" if first in ("", "*") else first


def status_of(path: str, *, port: int, environ: Mapping[str, str], timeout_s: float) -> int | None:
    """The status with which the web process on this machine answers a path; None when it does not answer in time."""
    return answer_of(path, port=port, environ=environ, timeout_s=timeout_s)[0]


def answer_of(path: str, *, port: int, environ: Mapping[str, str], timeout_s: float) -> tuple[int | None, bytes]:
    """Status and body of a path; no status when the web process does not answer in time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request("GET", path, headers={"Host": host_header(environ)})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException):
        return None, b""
    finally:
        connection.close()


def main(arguments: list[str]) -> int:
    """0 when the page answers 200."""
    path = arguments[0] if arguments else "/livez"
    port = int(os.environ.get("PORT") or 8000)
    return 0 if status_of(path, port=port, environ=os.environ, timeout_s=3.0) == 200 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
