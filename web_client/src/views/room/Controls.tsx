import {
  CircleCheck,
  CirclePause,
  CirclePlay,
  CircleStop,
  Ellipsis,
  Gavel,
  Hand,
  Lock,
  LogOut,
  Mic,
  MicOff,
  Video,
  VideoOff,
} from "lucide-react";
import type { ReactNode } from "react";
import { Dialog, DialogTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";

import { localMedia } from "../../core/local";
import { useDates } from "../../i18n";
import { Button } from "../../ui";
import { useOrdinal } from "../labels";
import { useLocalMedia } from "../media";
import { Control } from "./Control";
import { ScreenControl } from "./screen/OwnScreen";
import { useAllowed, useRoomContext } from "./useRoom";

/** The viewer's own microphone: on, off, muted or locked by the court, taken by a call, missing. */
export function MicrophoneControl({ split }: { split?: boolean }) {
  const { t } = useTranslation();
  const { view, room, act, state } = useRoomContext();
  const allowed = useAllowed();
  const { audio } = useLocalMedia();
  const me = view.me;
  const silenced = me.muted_by_court || me.microphone_locked;
  const lost = audio.state === "ended" || audio.state === "interrupted" || audio.state === "denied" || audio.state === "failed";
  const on = me.microphone_on && !silenced && audio.state === "live";
  const key = me.microphone_locked ? "locked" : lost ? "lost" : me.muted_by_court ? "muted" : on ? "on" : "off";
  const permission = allowed("set_microphone");
  const toggle = () => {
    if (lost) void localMedia.restart("audio");
    else if (me.microphone_on && !silenced) room.setMicrophone(false).catch(() => undefined);
    else void act("set_microphone", { on: true });
  };
  // Switching one's own microphone off is never refused: not by a rule, and not by a lost connection.
  const mayAlways = on || lost;
  return (
    <Control
      icon={me.microphone_locked ? Lock : on ? Mic : MicOff}
      label={split ? t("control.microphone") : t(`control.mic.${key}`)}
      detail={split ? t(`control.state.${key}`) : undefined}
      tone={me.microphone_locked || lost ? "wait" : "plain"}
      pressed={on}
      reason={mayAlways ? null : me.microphone_locked ? t("control.lockedByCourt") : state.status === "connected" ? permission.reason : t("control.notConnected")}
      onPress={toggle}
      testId="mic"
    />
  );
}

export function CameraControl({ split }: { split?: boolean }) {
  const { t } = useTranslation();
  const { view, act } = useRoomContext();
  const allowed = useAllowed();
  const { video } = useLocalMedia();
  const lost = video.state !== "live" && video.state !== "asking" && video.state !== "off";
  const on = view.me.camera_on && video.state === "live";
  const key = lost ? "lost" : on ? "on" : "off";
  return (
    <Control
      icon={on ? Video : VideoOff}
      label={split ? t("control.camera") : t(`control.cam.${key}`)}
      detail={split ? t(`control.state.${key}`) : undefined}
      tone={lost ? "wait" : "plain"}
      pressed={on}
      reason={lost ? null : allowed("set_camera").reason}
      onPress={() => {
        if (lost) void localMedia.restart("video");
        else void act("set_camera", { on: !view.me.camera_on });
      }}
      testId="cam"
    />
  );
}

/** Raise or lower the own hand. */
export function useHand(): { shown: boolean; up: boolean; label: string; reason: string | null; toggle: () => void } {
  const { t } = useTranslation();
  const { view, act } = useRoomContext();
  const allowed = useAllowed();
  const ordinal = useOrdinal();
  const up = view.me.hand_raised_at !== null;
  const raise = allowed("raise_hand");
  const lower = allowed("lower_hand");
  return {
    shown: raise.shown || up,
    up,
    label: up ? t("control.handUp", { place: ordinal(view.me.hand_place ?? 1) }) : t("control.raiseHand"),
    reason: up ? (lower.shown ? lower.reason : null) : raise.reason,
    toggle: () => void (up ? act("lower_hand", {}) : act("raise_hand", {})),
  };
}

export function HandControl() {
  const hand = useHand();
  if (!hand.shown) return null;
  return (
    <Control icon={Hand} label={hand.label} pressed={hand.up} reason={hand.reason} onPress={hand.toggle} testId="hand" />
  );
}

export function LeaveControl({ split }: { split?: boolean }) {
  const { t } = useTranslation();
  const { ask } = useRoomContext();
  const leave = useAllowed()("leave");
  if (!leave.shown) return null;
  return (
    <Control
      icon={LogOut}
      label={t("control.leave")}
      detail={split ? t("control.asksFirst") : undefined}
      reason={leave.reason}
      onPress={() => ask({ event: "leave" })}
      testId="leave"
    />
  );
}

const OPENED: ReadonlySet<string> = new Set(["in_session", "in_camera", "court_mediation", "transcript_review"]);

/** Opening, recess and resumption: what the presiding judge does next is the coloured one. */
export function HearingControls() {
  const { t } = useTranslation();
  const { view, act, ask } = useRoomContext();
  const allowed = useAllowed();
  const dates = useDates();
  const open = allowed("open_session");
  const recess = allowed("recess");
  const resume = allowed("resume");
  if (!open.shown && !recess.shown && !resume.shown) return null;
  const phase = view.phase.name;
  const opened = view.phase.opened_at;
  const stopped = phase === "recess" || phase === "suspended_technical";
  const paused = phase === "in_session" && resume.shown && resume.reason === null;
  return (
    <Group>
      {opened ? (
        <Control
          icon={CircleCheck}
          label={t("control.openedAt", { time: dates.time(opened) })}
          tone="done"
          reason={t("control.alreadyOpen")}
          testId="opened"
        />
      ) : (
        <Control
          icon={Gavel}
          label={t("control.open")}
          tone="primary"
          reason={open.reason}
          onPress={() => void act("open_session", {})}
          testId="open-session"
        />
      )}
      {stopped || paused ? (
        <Control
          icon={CirclePlay}
          label={t(paused ? "control.goOn" : "control.resume")}
          tone="primary"
          reason={resume.reason}
          onPress={() => void act("resume", {})}
          testId="resume"
        />
      ) : null}
      {stopped ? null : (
        <Control
          icon={CirclePause}
          label={t("control.recess")}
          tone={OPENED.has(phase) && !paused ? "primary" : "plain"}
          reason={recess.reason}
          onPress={() => ask({ event: "recess" })}
          testId="recess"
        />
      )}
    </Group>
  );
}

export function OrderControls() {
  const { t } = useTranslation();
  const { act, ask } = useRoomContext();
  const muteAll = useAllowed()("mute_all");
  if (!muteAll.shown) return null;
  return (
    <Group>
      <Control
        icon={MicOff}
        label={t("control.muteAll")}
        reason={muteAll.reason}
        onPress={() => void act("mute_all", { lock: false })}
        testId="mute-all"
      />
      <Control
        icon={Lock}
        label={t("control.lockAll")}
        reason={muteAll.reason}
        onPress={() => ask({ event: "mute_all" })}
        testId="lock-all"
      />
    </Group>
  );
}

export function ClosingControls() {
  const { t } = useTranslation();
  const { ask } = useRoomContext();
  const close = useAllowed()("close_hearing");
  return (
    <Group>
      <MoreControl />
      {close.shown ? (
        <Control
          icon={CircleStop}
          label={t("control.close")}
          tone="danger"
          reason={close.reason}
          onPress={() => ask({ event: "close_hearing" })}
          testId="close-hearing"
        />
      ) : null}
    </Group>
  );
}

const RARE = ["suspend", "adjourn", "convert_offline", "lodge_objection"] as const;

/** The commands that are seldom needed and never by a slip. */
export function MoreControl() {
  const { t } = useTranslation();
  const { ask, view } = useRoomContext();
  const allowed = useAllowed();
  // In a mediation nobody objects to a hearing: who does not want it ends it.
  const shown = RARE.filter(
    (event) => allowed(event).shown && (event !== "lodge_objection" || view.hearing.kind === "hearing"),
  );
  if (shown.length === 0) return null;
  return (
    <DialogTrigger>
      <Control icon={Ellipsis} label={t("control.more")} testId="more" />
      <Popover className="popover">
        <Dialog className="stack menu" aria-label={t("control.more")}>
          {({ close }) => (
            <>
              {shown.map((event) => (
                <Button
                  key={event}
                  reason={allowed(event).reason}
                  onPress={() => {
                    close();
                    ask({ event });
                  }}
                  testId={event.replaceAll("_", "-")}
                >
                  {t(`control.rare.${event}`)}
                </Button>
              ))}
            </>
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

export function Group({ children }: { children: ReactNode }) {
  return <div className="ctl-group">{children}</div>;
}

/** The bar at the foot of the room, by role: me, hearing, order, close. */
export function Controls() {
  const { t } = useTranslation();
  return (
    <footer className="controls" role="group" aria-label={t("control.bar")}>
      <Group>
        <MicrophoneControl />
        <CameraControl />
        <ScreenControl />
        <HandControl />
        <LeaveControl />
      </Group>
      <HearingControls />
      <OrderControls />
      <ClosingControls />
    </footer>
  );
}
