"""Gunicorn's settings for every shape the portal runs in, read from the environment.

Without Redis the one web process also does the jobs, in threads (`branchportal.worker`), so it stays one.
"""

import os

redis = os.environ.get("REDIS_URL") or os.environ.get("REDIS_URL_FILE", "")
embedded = os.environ.get("EMBEDDED_WORKER", "" if redis else "1").strip().lower() in {"1", "true", "yes", "on"}

bind = os.environ.get("BIND", "127.0.0.1:8000")
worker_class = "gthread"
workers = 1 if embedded else int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 120
limit_request_line = 8190  # of 4094: an address with many filters in Chinese letters
graceful_timeout = 20
keepalive = 15
max_requests = 0 if embedded else 5000
max_requests_jitter = 500
memory_folder = "/dev/shm"  # noqa: S108 - gunicorn's own choice for its heartbeat: a slow disk must not look like a dead worker
worker_tmp_dir = memory_folder if os.path.isdir(memory_folder) else None
control_socket_disable = True  # it would be made in the home folder, which may be read-only
accesslog = os.environ.get("ACCESS_LOG") or None
errorlog = "-"
loglevel = os.environ.get("GUNICORN_LOG_LEVEL", "info")


def post_worker_init(worker: object) -> None:
    """Refuse an unprotected database; start the embedded worker in the process that serves the pages."""
    from branchportal import slow_senders, unreadable
    from branchportal.clock import log_warnings
    from branchportal.readiness import require_ready

    require_ready()
    unreadable.install()
    slow_senders.install(threads)
    log_warnings()
    if embedded:
        from branchportal.worker import start_embedded

        start_embedded()
