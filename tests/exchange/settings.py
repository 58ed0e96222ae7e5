"""What the Asterisk under test is told: the files in docs/asterisk as they are, and a frame to carry them."""

import shutil
from pathlib import Path

SHIPPED = Path(__file__).parents[2] / "docs" / "asterisk"
CARRIER = "127.0.0.2"  # the trunk is known by its address, so nobody else may have it
EMPTY = (
    "acl",
    "ccss",
    "cel",
    "features",
    "pjproject",
    "stasis",
    "udptl",
    "websocket_client",
    "sorcery",
    "dsp",
    "codecs",
)

ASTERISK = """\
[directories]
astetcdir => {home}/etc
astmoddir => {modules}
astvarlibdir => {home}/lib
astdbdir => {home}/lib
astkeydir => {home}/lib
astdatadir => {home}/data
astagidir => {home}/agi
astspooldir => {home}/spool
astrundir => {home}/run
astlogdir => {home}/log
astcachedir => {home}/c
astsbindir => {tree}/usr/sbin
[options]
verbose = 3
documentation_language = en_US
maxfiles = 20000
transmit_silence = yes
highpriority = yes
defaultlanguage = en
hideconnect = yes
"""
FRAMES = {
    "http": "#include http_hotline.conf",
    "ari": "[general]\nenabled = yes\n#include ari_hotline.conf",
    "modules": "#include modules_hotline.conf",
    "pjsip": "[system]\ntype = system\n[global]\ntype = global\nuser_agent = hotline-137-laboratory\n"
    "max_initial_qualify_time = 1\n#include pjsip_hotline.conf\n#include pjsip_hotline_webrtc.conf",
    "cdr": "[general]\nenable = no",
    "res_http_media_cache": "[general]",
    "logger": "[general]\ndateformat = %F %T.%3q\n[logfiles]\nfull => notice,warning,error,verbose",
    "indications": "[general]\ncountry = us\n[us]\ndescription = US\nringcadence = 2000,4000\n"
    "dial = 350+440\nbusy = 480+620/500,0/500\nring = 440+480/2000,0/4000\ncongestion = 480+620/250,0/250",
}


class NotShipped(ValueError):
    """Raised when a shipped file has no such words to be replaced: the file and its test have parted."""


def write(asterisk):
    """Write the directory that an Asterisk reads; the shipped files with its own ports, addresses and passwords."""
    etc = asterisk.home / "etc"
    etc.mkdir(exist_ok=True)
    for name in EMPTY:
        (etc / f"{name}.conf").touch()
    for name, text in {**FRAMES, **_of(asterisk)}.items():
        (etc / f"{name}.conf").write_text(f"{text}\n")
    for path in SHIPPED.glob("*_hotline*.conf"):
        name = path.stem.replace("_hotline", "")
        words = _replacements(asterisk).get(name, {}) | asterisk.changes.get(name, {})
        (etc / path.name).write_text(_filled(path, words))


def _of(asterisk):
    variables = "".join(f"{name} = {value}\n" for name, value in asterisk.variables.items())
    start = asterisk.rtp_port
    return {
        "asterisk": ASTERISK.format(home=asterisk.home, tree=asterisk.tree, modules=_modules(asterisk.tree)),
        "rtp": f"[general]\nrtpstart = {start}\nrtpend = {start + asterisk.rtp_ports - 1}\nstrictrtp = seqno",
        "extensions": f"[general]\nstatic = yes\nwriteprotect = yes\n[globals]\n{variables}"
        f"#include extensions_hotline.conf\n{asterisk.dialplan}",
    }


def _replacements(asterisk):
    return {
        "http": {"bindport = 8088": f"bindport = {asterisk.http_port}"},
        "ari": {"CHANGE-ME-ARI": asterisk.password},
        "pjsip": {
            "bind = 127.0.0.1:5060": f"bind = 127.0.0.1:{asterisk.sip_port}",
            "contact = sip:192.0.2.137:5060": f"contact = sip:{CARRIER}:{asterisk.trunk_port}",
            "match = 192.0.2.137": f"match = {CARRIER}",
            "qualify_frequency = 30": "qualify_frequency = 1",  # tests do not wait for half a minute
            **{f"CHANGE-ME-{user}": password for user, password in asterisk.operators.items()},
        },
        "pjsip_webrtc": {"qualify_frequency = 30": "qualify_frequency = 1"},
    }


def _filled(path, replacements):
    text = path.read_text(encoding="utf-8")
    for old, new in replacements.items():
        if old not in text:
            raise NotShipped(f"{path.name} has no {old!r}")
        text = text.replace(old, new)
    return text


def _modules(tree):
    found = sorted(tree.glob("usr/lib/*/asterisk/modules")) or sorted(tree.glob("usr/lib/asterisk/modules"))
    return found[0]


def lay_sounds(asterisk):
    """Give it the distribution's sounds, and beside them the hotline's own if there are any."""
    own, shipped = asterisk.home / "data", asterisk.tree / "usr/share/asterisk"
    (own / "sounds/en/hotline-137").mkdir(parents=True)
    for path in [*shipped.iterdir(), *(shipped / "sounds").iterdir(), *(shipped / "sounds/en").iterdir()]:
        place = own / path.relative_to(shipped)
        if not place.exists():
            place.symlink_to(path.resolve())
    for name, sound in asterisk.sounds.items():
        shutil.copy(sound, own / "sounds/en/hotline-137" / f"{name}.wav")
