"""The live test: nginx with the configuration of the page."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import edge

# Around the file of the page, as Debian's own nginx.conf is, with all paths in a folder of the test.
NGINX = """daemon off;
worker_processes 2;
pid FOLDER/nginx.pid;
error_log stderr;
events { worker_connections 256; }
http {
    access_log off;
    client_body_temp_path FOLDER/body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    include FOLDER/bailiwick.conf;
}
"""

PROXY = edge.Proxy(
    name="nginx",
    command=lambda folder: ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")],
    changes={"listen 8080;": "listen 127.0.0.1:8080;"},
    behind={
        "    server_name meet.example;\n": "    server_name meet.example;\n    set_real_ip_from 192.0.2.10;\n    real_ip_header X-Forwarded-For;\n",
    },
    unasked=lambda edge: len(edge.server.lines('subrequest: "/_bailiwick"')),
    without=lambda text: text.replace("auth_request /_bailiwick;", ""),
    speaks_http2=False,  # it would, with `http2` in the `listen` line
    extra={"nginx.conf": NGINX},
)

if __name__ == "__main__":
    edge.main(PROXY)
