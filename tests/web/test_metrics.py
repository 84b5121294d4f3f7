from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import sys
from app.web import metrics
metrics.count_webhook("disabled", "failing")
metrics.count_webhook("stalled", "send")
metrics.observe("op", 200, 0.003, int(sys.argv[1]))
print(metrics.exposition().decode())
"""


def run(folder: Path, connections: int) -> list[str]:
    """One worker: counts a request and tells what all workers counted so far."""
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(  # noqa: S603 - our own interpreter and script
        [sys.executable, "-c", SCRIPT, str(connections)], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_any_worker_answers_for_all(tmp_path: Path) -> None:
    run(tmp_path, 3)
    told = run(tmp_path, 4)
    assert 'bmp_requests_total{operation="op",status="200"} 2.0' in told
    assert 'bmp_webhooks_disabled_total{because="failing"} 2.0' in told
    assert 'bmp_webhooks_stalled_total{step="send"} 2.0' in told
    assert 'bmp_request_seconds_bucket{le="0.0025",operation="op"} 0.0' in told
    assert 'bmp_request_seconds_bucket{le="0.005",operation="op"} 2.0' in told
    assert 'bmp_request_seconds_count{operation="op"} 2.0' in told
