"""The nginx of ops/nginx, in a directory of its own, before a house on this machine."""

import socket
import ssl
import subprocess
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests

from ivr.telephony.signature import sign
from tests.outside.carrier import Carrier
from tests.programs import needs
from tests.served import House, free_port

SITE = Path(__file__).parent.parent.parent / "ops/nginx/hotline-137.conf"
PUBLIC, ACCOUNT, TOKEN = "https://137.example.ir", "AC" + "7" * 32, "a token of the carrier behind nginx"
THREADS = 8  # so few that a slow sender would be felt
WRITES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
BEGUN = (
    b"POST /voice/answer HTTP/1.1\r\nHost: 137.example.ir\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 400\r\n\r\nCallSid="
)
needs_nginx = needs("nginx", "openssl")


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

    def reached(self):
        try:
            return requests.get(f"{self.url}/healthz", timeout=2, verify=False).ok
        except requests.RequestException:
            return False

    def half_open(self):
        """Begin a webhook and never end it; give the connection."""
        where = urlsplit(self.url)
        one = ssl._create_unverified_context().wrap_socket(socket.create_connection((where.hostname, where.port)))
        one.sendall(BEGUN)
        return one

    def rings(self, session, n):
        """Post the first webhook of a call; give the answer."""
        numbers = {"From": "+989121234567", "To": "137"}
        form = {"CallSid": f"CA{n:032x}", "AccountSid": ACCOUNT, **numbers, "CallStatus": "ringing"}
        signed = {"X-Twilio-Signature": sign(TOKEN, f"{PUBLIC}/voice/answer", form), "Host": "137.example.ir"}
        return session.post(f"{self.url}/voice/answer", data=form, headers=signed, verify=False, timeout=60)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def served(directory):
    """Serve a house of few threads behind nginx."""
    with ExitStack() as ending:
        carrier = Carrier(ACCOUNT, TOKEN)
        ending.callback(carrier.close)
        house = House(
            directory, IVR_TWILIO__ACCOUNT_SID=ACCOUNT, IVR_TWILIO__AUTH_TOKEN=TOKEN, IVR_TWILIO__API_URL=carrier.url,
            IVR_SERVER__PUBLIC_URL=PUBLIC, IVR_SERVER__THREADS=str(THREADS),
        )  # fmt: skip
        house.start()
        ending.callback(house.stop)
        front = Front(directory, house.port, free_port())
        ending.callback(front.stop)
        house.until(front.reached)
        yield front
