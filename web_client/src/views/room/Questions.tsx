import { useTranslation } from "react-i18next";

import type { Requests } from "../../protocol";
import { ConfirmDialog, type ConfirmProps } from "../../ui";
import { COURT } from "../../core/roles";

import { ConvertDialog } from "./objection/ConvertDialog";
import { ObjectionDialog } from "./objection/ObjectionDialog";
import { useRoomContext, type Question } from "./useRoom";

/** Asks before the commands that others feel: close, remove, recess, suspend and their like. */
export function Questions({ question, onClose }: { question: Question; onClose: () => void }) {
  const { t } = useTranslation();
  const { room, view } = useRoomContext();
  const send = <Event extends keyof Requests>(event: Event, body: Requests[Event]) => room.request(event, body);
  const name = question.name ?? "";
  const participant_id = question.participant ?? "";
  const words = (event: string) => ({
    title: t(`ask.${event}.title`, { name }),
    body: t(`ask.${event}.body`, { name }),
    confirm: t(`ask.${event}.confirm`),
    testId: `dialog-${event.replaceAll("_", "-")}`,
  });
  const reasons = (event: string) => ({
    reasonLabel: t("ask.reason"),
    reasons: t(`ask.${event}.reasons`, { returnObjects: true }) as unknown as string[],
  });

  let props: Omit<ConfirmProps, "onClose">;
  switch (question.event) {
    case "close_hearing":
      props = { ...words("close_hearing"), danger: true, onConfirm: () => send("close_hearing", {}) };
      break;
    case "leave": {
      const court = COURT.has(view.me.role);
      const event = view.phase.name === "in_session" && !court ? "leave_in_session" : "leave";
      props = { ...words(event), danger: true, testId: "dialog-leave", onConfirm: () => send("leave", {}) };
      break;
    }
    case "recess":
      props = { ...words("recess"), ...reasons("recess"), onConfirm: (reason) => send("recess", { reason }) };
      break;
    case "suspend":
      props = { ...words("suspend"), ...reasons("suspend"), onConfirm: (reason) => send("suspend", { reason }) };
      break;
    case "adjourn":
      props = {
        ...words("adjourn"),
        ...reasons("adjourn"),
        danger: true,
        onConfirm: (reason) => send("adjourn", { reason }),
      };
      break;
    case "convert_offline":
      return <ConvertDialog onClose={onClose} />;
    case "lodge_objection":
      return <ObjectionDialog onClose={onClose} />;
    case "remove":
      props = {
        ...words("remove"),
        ...reasons("remove"),
        danger: true,
        onConfirm: (reason) => send("remove", { participant_id, reason }),
      };
      break;
    case "send_back":
      props = { ...words("send_back"), onConfirm: () => send("send_back", { participant_id }) };
      break;
    case "note_absent":
      props = { ...words("note_absent"), onConfirm: () => send("note_absent", { participant_id }) };
      break;
    case "mute_all":
      props = { ...words("mute_all"), onConfirm: () => send("mute_all", { lock: true }) };
      break;
    default:
      return null;
  }
  return <ConfirmDialog {...props} onClose={onClose} />;
}
