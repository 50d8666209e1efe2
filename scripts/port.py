"""Say whether an address is free, or wait until the portal answers there.

Usage: port.py [--wait] HOST PORT
"""

import http.client
import socket
import sys
import time

WAIT_SECONDS = 60


def family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def reason_taken(host: str, port: int) -> OSError | None:
    """Why the portal cannot listen there; None when it can."""
    with socket.socket(family(host)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as problem:
            return problem
    return None


def next_free(host: str, port: int) -> int:
    return next((other for other in range(port + 1, port + 50) if not reason_taken(host, other)), port + 1)


def refuse_taken(host: str, port: int) -> None:
    problem = reason_taken(host, port)
    if problem is None:
        return
    if isinstance(problem, PermissionError):
        sys.exit(f"portal: Port {port} needs administrator rights. Choose one above 1023: --port 8000")
    if isinstance(problem, socket.gaierror) or problem.errno == 99:
        sys.exit(f"portal: “{host}” is no address of this machine. Use --host 127.0.0.1, or 0.0.0.0 for all.")
    sys.exit(f"portal: Port {port} on {host} is taken. Choose another: --port {next_free(host, port)}")


def wait_until_answers(host: str, port: int) -> None:
    """Any answer will do: the server listens before the application is loaded."""
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(target, port, timeout=WAIT_SECONDS)
        try:
            connection.request("GET", "/")
            if connection.getresponse().status < 500:
                return
            sys.exit("portal: The portal answers with an error. Its words stand above.")
        except ConnectionError:
            time.sleep(0.1)
        finally:
            connection.close()
    sys.exit(f"portal: The portal did not answer within {WAIT_SECONDS} seconds.")


if __name__ == "__main__":
    *waiting, host, port = sys.argv[1:]
    (wait_until_answers if waiting else refuse_taken)(host, int(port))
