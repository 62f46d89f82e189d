"""The live test: Envoy with the configuration of the page."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import edge

PROXY = edge.Proxy(
    name="envoy",
    # Without the shared memory of hot restarts, a second Envoy on the machine is no hindrance.
    command=lambda folder: ["envoy", "-c", f"{folder}/envoy.yaml", "--concurrency", "2", "--disable-hot-restart", "--log-level", "warning"],
    changes={"address: 0.0.0.0": "address: 127.0.0.1"},
    behind={'client_address = "peer" # the source that Envoy names': 'client_address = "forwarded:192.0.2.10/32"'},
    unasked=lambda edge: edge.counted("9901", "/stats", r"http.meetings.ext_authz.failure_mode_allowed: (\d+)"),
    without=lambda text: re.sub(r" {18}- name: bailiwick\n.*?(?= {18}- name: envoy)| {26}typed_per_filter_config:.*?(?=\n\n)", "", text, flags=re.DOTALL),
)

if __name__ == "__main__":
    edge.main(PROXY)
