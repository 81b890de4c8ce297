import { Maximize, MonitorUp, MonitorX } from "lucide-react";
import { useRef } from "react";
import { useTranslation } from "react-i18next";

import type { ParticipantView, View } from "../../../protocol";
import { Button } from "../../../ui";
import { useRoleLabel } from "../../labels";
import { Picture } from "../../media";
import { useAllowed, useRoomContext } from "../useRoom";

/** Whose screen this viewer is shown; the own one is not, it would show itself without end. */
export function screenShown(view: View): ParticipantView | null {
  const owner = view.screen?.participant;
  if (owner === undefined || owner === view.me.id) return null;
  return view.participants.find(({ id }) => id === owner) ?? null;
}

/** The shared screen: whose it is, whole and as large as there is room, and for who keeps order a way to end it. */
export function ScreenTile({ owner, className }: { owner: ParticipantView; className?: string }) {
  const { t } = useTranslation();
  const { state } = useRoomContext();
  const role = useRoleLabel();
  const frame = useRef<HTMLDivElement>(null);
  const found = state.remote.find((one) => one.participant === owner.id && one.source === "screen");
  const who = `${role(owner.role, owner.side)} ${owner.name}`;
  return (
    <figure className={className ? `screen ${className}` : "screen"} data-testid="screen" data-owner={owner.id}>
      <div className="screen__frame" ref={frame}>
        {found ? (
          <Picture track={found.track} remote label={t("screen.of", { who })} testId="screen-picture" />
        ) : (
          <span className="screen__coming" role="status">
            {t("screen.coming")}
          </span>
        )}
      </div>
      <figcaption className="screen__plate">
        <MonitorUp size={20} aria-hidden="true" />
        <span className="screen__who">{t("screen.by", { who })}</span>
        {document.fullscreenEnabled && found ? (
          <Button
            className="screen__act"
            label={t("screen.enlarge")}
            onPress={() => void frame.current?.requestFullscreen().catch(() => undefined)}
            testId="enlarge-screen"
          >
            <Maximize size={18} aria-hidden="true" />
          </Button>
        ) : null}
        <EndScreen owner={owner} />
      </figcaption>
    </figure>
  );
}

const KEEPS_ORDER: ReadonlySet<string> = new Set(["presiding_judge", "clerk", "mediator"]);

function EndScreen({ owner }: { owner: ParticipantView }) {
  const { t } = useTranslation();
  const { view, act } = useRoomContext();
  const stop = useAllowed()("stop_screen");
  if (!stop.shown || !KEEPS_ORDER.has(view.me.role)) return null;
  return (
    <Button
      className="screen__act screen__act--end"
      reason={stop.reason}
      onPress={() => void act("stop_screen", { participant_id: owner.id })}
      testId="end-screen"
    >
      <MonitorX size={18} aria-hidden="true" />
      {t("screen.end")}
    </Button>
  );
}
