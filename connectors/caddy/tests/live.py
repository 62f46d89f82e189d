"""The live test: Caddy with the configuration of the page."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import edge

PROXY = edge.Proxy(
    name="caddy",
    command=lambda folder: ["caddy", "run", "--config", f"{folder}/Caddyfile", "--adapter", "caddyfile"],
    changes={
        "\tadmin off\n": "\tadmin off\n\tpersist_config off\n\tstorage file_system FOLDER/storage\n\tdefault_bind 127.0.0.1\n",
        "http://meet.example:8080": "http://:8080",
    },
    behind={
        "\tadmin off\n": "\tadmin off\n\tservers {\n\t\ttrusted_proxies static 192.0.2.10/32\n\t\ttrusted_proxies_strict\n\t}\n",
        "{remote_host}": "{client_ip}",
    },
    # Caddy numbers its servers by their addresses, which are others here than on the page; that of the metrics has no errors.
    unasked=lambda edge: edge.counted("2020", "/metrics", r'caddy_http_request_errors_total{handler="subroute",server="srv\d"} (\d+)'),
    without=lambda text: re.sub(r"^\t\t\timport bailiwick .*\n", "", text, flags=re.MULTILINE),
)

if __name__ == "__main__":
    edge.main(PROXY)
