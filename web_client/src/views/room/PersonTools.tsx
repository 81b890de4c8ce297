import { Ellipsis, Hand, Lock, LockOpen, MicOff, MonitorUp, MonitorX, Undo2, UserX } from "lucide-react";
import { Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";

import type { ParticipantView } from "../../protocol";
import { Button } from "../../ui";
import { PathNote } from "./NetworkPath";
import { COURT, sharesScreen } from "../../core/roles";
import { useAllowed, useRoomContext } from "./useRoom";

/** What the bench and the clerk can do about one person, on that person's picture. */
export function PersonTools({ participant }: { participant: ParticipantView }) {
  const { t } = useTranslation();
  const { view, act } = useRoomContext();
  const allowed = useAllowed();
  const mute = allowed("mute");
  const remove = allowed("remove");
  const sendBack = allowed("send_back");
  if (participant.id === view.me.id || participant.place !== "main") return null;
  if (!mute.shown && !remove.shown && !sendBack.shown) return null;
  const silent = participant.muted_by_court || participant.microphone_locked;
  return (
    <>
      {mute.shown && participant.role !== "presiding_judge" && participant.role !== "mediator" ? (
        <Button
          className="tool"
          label={t("person.mute", { name: participant.name })}
          reason={mute.reason ?? (silent ? t("person.alreadyMuted") : null)}
          onPress={() => void act("mute", { participant_id: participant.id, lock: false })}
          testId={`mute-${participant.id}`}
        >
          <MicOff size={18} aria-hidden="true" />
        </Button>
      ) : null}
      <DialogTrigger>
        <Button className="tool" label={t("person.more", { name: participant.name })} testId={`more-${participant.id}`}>
          <Ellipsis size={18} aria-hidden="true" />
        </Button>
        <Popover className="popover">
          <Dialog className="stack menu" aria-label={participant.name}>
            {({ close }) => <PersonMenu participant={participant} close={close} />}
          </Dialog>
        </Popover>
      </DialogTrigger>
    </>
  );
}

function PersonMenu({ participant, close }: { participant: ParticipantView; close: () => void }) {
  const { t } = useTranslation();
  const { act, ask } = useRoomContext();
  const allowed = useAllowed();
  const id = participant.id;
  const lock = allowed("mute");
  const unlock = allowed("unlock_microphone");
  const lower = allowed("lower_hand");
  const back = allowed("send_back");
  const remove = allowed("remove");
  const screen = allowed("allow_screen");
  const then = (work: () => void) => () => {
    close();
    work();
  };
  return (
    <>
      <b>{participant.name}</b>
      <PathNote participant={id} />
      {lock.shown && !participant.microphone_locked ? (
        <Button
          reason={lock.reason}
          onPress={then(() => void act("mute", { participant_id: id, lock: true }))}
          testId={`lock-${id}`}
        >
          <Lock size={18} aria-hidden="true" />
          {t("person.lock")}
        </Button>
      ) : null}
      {unlock.shown && participant.microphone_locked ? (
        <Button
          reason={unlock.reason}
          onPress={then(() => void act("unlock_microphone", { participant_id: id }))}
          testId={`unlock-${id}`}
        >
          <LockOpen size={18} aria-hidden="true" />
          {t("person.unlock")}
        </Button>
      ) : null}
      {screen.shown && sharesScreen(participant.role) && !COURT.has(participant.role) ? (
        <Button
          reason={screen.reason}
          onPress={then(() => void act("allow_screen", { participant_id: id, allowed: !participant.screen_allowed }))}
          testId={`allow-screen-${id}`}
        >
          {participant.screen_allowed ? <MonitorX size={18} aria-hidden="true" /> : <MonitorUp size={18} aria-hidden="true" />}
          {t(participant.screen_allowed ? "person.forbidScreen" : "person.allowScreen")}
        </Button>
      ) : null}
      {lower.shown && participant.hand_raised_at ? (
        <Button
          reason={lower.reason}
          onPress={then(() => void act("lower_hand", { participant_id: id }))}
          testId={`lower-hand-${id}`}
        >
          <Hand size={18} aria-hidden="true" />
          {t("person.lowerHand")}
        </Button>
      ) : null}
      {back.shown ? (
        <Button
          reason={back.reason}
          onPress={then(() => ask({ event: "send_back", participant: id, name: participant.name }))}
          testId={`send-back-${id}`}
        >
          <Undo2 size={18} aria-hidden="true" />
          {t("person.sendBack")}
        </Button>
      ) : null}
      {remove.shown ? (
        <Button
          variant="danger"
          reason={remove.reason}
          onPress={then(() => ask({ event: "remove", participant: id, name: participant.name }))}
          testId={`remove-${id}`}
        >
          <UserX size={18} aria-hidden="true" />
          {t("person.remove")}
        </Button>
      ) : null}
    </>
  );
}
