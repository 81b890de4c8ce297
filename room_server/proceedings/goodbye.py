"""What somebody is told with the last message of a connection. Pure."""

from __future__ import annotations

from room_server.domain.model import Participant, ProceedingKind
from room_server.domain.words import of_kind
from signaling import messages as m

_TEXTS: dict[m.TerminationReason, m.BiText] = {
    "closed": m.BiText(
        zh="庭审结束了。您可以关闭页面。", en="The hearing has ended. You may close this page."
    ),
    "removed": m.BiText(
        zh="审判长请您离开了法庭。", en="The presiding judge has asked you to leave the courtroom."
    ),
    "revoked": m.BiText(
        zh="这个链接已失效。请向书记员索取新链接，或拨打 12368。",
        en="This link no longer works. Ask the clerk for a new one or call 12368.",
    ),
    "left": m.BiText(zh="您已离开法庭。", en="You have left the courtroom."),
    "replaced": m.BiText(
        zh="您已在另一个窗口或设备上进入。", en="You have entered in another window or device."
    ),
    "cancelled": m.BiText(zh="本次庭审已取消。", en="This hearing has been cancelled."),
    "converted_offline": m.BiText(
        zh="本案改在法庭继续开庭。已在线完成的程序有效。",
        en="The hearing goes on in the courtroom. What was done online stays valid.",
    ),
    "terminated": m.BiText(
        zh="有一方不再同意调解，调解到此结束。",
        en="A party no longer agrees to mediate, so the mediation has ended.",
    ),
    "signed_out": m.BiText(zh="您已退出登录。", en="You have signed out."),
    "at_court": m.BiText(
        zh="按审核结论，您须到法庭现场参加庭审。", en="You now attend in person, in the courtroom."
    ),
}
TERMINATED_BECAUSE: dict[str, m.BiText] = {
    "mediator_refused": m.BiText(
        zh="有一方不接受调解员披露的利害关系，这次调解到此结束。法院会告知您下一步。",
        en="A party does not accept the tie that the mediator disclosed, so this mediation has ended. The court will tell "
        "you what comes next.",
    ),
    "mediation_impossible": m.BiText(
        zh="在线调解的条件不再具备，这次调解到此结束。法院会告知您下一步。",
        en="What an online mediation needs is no longer given, so this one has ended. The court will tell you what comes "
        "next.",
    ),
}
"""Why a mediation was terminated, where it was not that a party no longer agreed."""
_COURTROOM_MOVED = m.BiText(
    zh="法庭现场已在另一台电脑上打开，这台电脑不再传送。",
    en="The courtroom was opened on another computer. This one is no longer in use.",
)
_COURTROOM_CLOSED = m.BiText(
    zh="这台电脑不再传送法庭里的画面和声音。",
    en="This computer no longer sends picture and sound of the room.",
)
REPLACED = _TEXTS["replaced"]


def goodbye(reason: m.TerminationReason, kind: ProceedingKind, person: Participant | None) -> m.BiText:
    """`person` None: no longer on the list. The court's own computer in the courtroom has words of its own."""
    if person is not None and person.role == "courtroom" and reason in ("left", "replaced"):
        return _COURTROOM_CLOSED if reason == "left" else _COURTROOM_MOVED
    text = _TEXTS[reason]
    zh, en = of_kind(kind, (text.zh, text.en))
    return m.BiText(zh=zh, en=en)
