"""The calls that the hotline makes itself, as they are written down."""

from tests.outside import stories

HERE = stories.TRANSCRIPTS.parent
CALLBACKS, FEEDBACK, ANNOUNCE = (stories.read(HERE / f"{name}.yaml") for name in ("callback", "feedback", "announce"))
SUGGESTED = {"completed": "reached", "busy": "busy", "no-answer": "no_answer", "failed": "unreachable"}
RINGING_SECONDS = 30
CODES = {"busy": 486, "failed": 404}


def callbacks(*, recorded=True):
    """List the calls to operators; that talks are not recorded is another setting."""
    return [call for call in CALLBACKS if ("record_talk" not in call["knew"]) == recorded]


def feedback():
    """List the calls to citizens; the gateway never says that a machine answered."""
    return [call for call in FEEDBACK if call["knew"]["answered_by"] != "machine"]


def ends(call):
    """Say how ringing the citizen ends; "" if it never begins."""
    return next((turn["caller"]["dial"][0] for turn in call["turns"] if "dial" in turn["caller"]), "")


def becomes(status, telephone):
    """Have a telephone that rings do what ends a try so."""
    if status in CODES:
        telephone.answer(CODES[status])
    elif status == "completed" and not telephone.over:
        telephone.hangs_up()
