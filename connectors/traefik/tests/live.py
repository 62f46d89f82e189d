"""The live test: Traefik with the configuration of the page."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import edge

PROXY = edge.Proxy(
    name="traefik",
    command=lambda folder: ["traefik", f"--configFile={folder}/traefik.yml"],
    changes={'address: ":8080"': 'address: "127.0.0.1:8080"', "filename: dynamic.yml": "filename: FOLDER/dynamic.yml"},
    behind={'    address: ":8080"\n': '    address: ":8080"\n    proxyProtocol:\n      trustedIPs: [192.0.2.10/32]\n'},
    speaks_proxy=True,
    without=lambda text: re.sub(r"^ +middlewares: \[.*\]\n", "", text, flags=re.MULTILINE),
    is_open=False,
)

if __name__ == "__main__":
    edge.main(PROXY)
