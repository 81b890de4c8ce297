import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";

import { COURT } from "../../core/roles";
import { phaseLabel } from "../labels";
import { useRoomContext } from "./useRoom";

/** Says changes of state to screen readers, politely and without ever moving the focus. */
export function Announcer() {
  const { t } = useTranslation();
  const { view, state } = useRoomContext();
  const [said, setSaid] = useState("");
  const { me, phase } = view;
  const waiting = view.desk && COURT.has(me.role) ? view.desk.filter((person) => person.connected && person.place === "lobby").length : 0;
  const now = {
    phase: phase.name,
    place: me.place,
    locked: me.microphone_locked,
    muted: me.muted_by_court,
    status: state.status,
    hands: COURT.has(me.role) ? view.hands.length : 0,
    waiting,
    screen: view.screen?.participant ?? null,
    mayShare: view.participants.some(({ id, screen_allowed }) => id === me.id && screen_allowed),
  };
  const before = useRef(now);
  useEffect(() => {
    const then = before.current;
    before.current = now;
    const words: string[] = [];
    if (then.phase !== now.phase) words.push(phaseLabel(t, now.phase));
    if (then.place !== now.place) words.push(t(`announce.place.${now.place}`));
    if (then.locked !== now.locked) words.push(t(now.locked ? "announce.locked" : "announce.unlocked"));
    else if (!then.muted && now.muted) words.push(t("announce.muted"));
    if (then.status !== now.status && now.status === "reconnecting") words.push(t("connection.lost"));
    if (then.status === "reconnecting" && now.status === "connected") words.push(t("announce.back"));
    if (now.hands > then.hands) words.push(t("announce.hand"));
    if (now.waiting > then.waiting) words.push(t("announce.waiting", { count: now.waiting }));
    if (now.mayShare && !then.mayShare) words.push(t("announce.screenAllowed"));
    if (then.screen !== null && now.screen === null) words.push(t("announce.screenEnded"));
    if (now.screen !== null && now.screen !== then.screen && now.screen !== me.id) {
      words.push(t("screen.by", { who: view.participants.find(({ id }) => id === now.screen)?.name ?? "" }));
    }
    if (words.length > 0) setSaid(words.join(" "));
  });
  return (
    <div className="sr" role="status" aria-live="polite" data-testid="announcer">
      {said}
    </div>
  );
}
