"""The nginx of ops/nginx, in a directory of its own, before a house on this machine."""

import shutil
import subprocess
from pathlib import Path

import pytest

SITE = Path(__file__).parent.parent.parent / "ops/nginx/hotline-137.conf"
WRITES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
without_nginx = pytest.mark.skipif(
    not all(map(shutil.which, ("nginx", "openssl"))), reason="nginx or openssl is not installed"
)


def written(directory, house_port, port):
    """Write the site down with a certificate of its own; give what nginx is started with."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=137.example.ir",
         "-keyout", directory / "privkey.pem", "-out", directory / "fullchain.pem"], check=True, capture_output=True,
    )  # fmt: skip
    site = (
        SITE.read_text()
        .replace("/etc/ssl/hotline-137", str(directory))
        .replace("127.0.0.1:8137", f"127.0.0.1:{house_port}")
    )
    plain, _, secure = site.partition("server {\n    listen 443")
    plain = plain[: plain.index("server {\n    listen 80")]  # the port belongs to somebody else here
    secure = secure.replace(" ssl http2;\n    listen [::]:443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;", 1)
    (directory / "site.conf").write_text(f"{plain}server {{\n    {secure}")
    places = "".join(f"{kind}_temp_path {directory}/{kind};" for kind in WRITES)
    (directory / "nginx.conf").write_text(
        f"pid {directory}/pid; error_log stderr; daemon off; user root; events {{}}\n"
        f"http {{ access_log off; {places} include {directory}/site.conf; }}\n"
    )
    return ["-p", str(directory), "-c", str(directory / "nginx.conf")]


class Front:
    """nginx, serving."""

    def __init__(self, directory, house_port, port):
        self.url = f"https://127.0.0.1:{port}"
        self.process = subprocess.Popen(["nginx", *written(directory, house_port, port)])

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
