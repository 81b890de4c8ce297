import { Hand, Lock, Mic, MicOff, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Me, ParticipantView } from "../../protocol";
import { useDates } from "../../i18n";
import { useOrdinal, useRoleLabel } from "../labels";
import { Picture, useLocalMedia } from "../media";
import { AtCourtPlate } from "./courtroom/AtCourtPlate";
import { PathWord } from "./NetworkPath";
import { NetworkBars } from "./parts";
import { sideClass } from "./seats";
import { useRoomContext } from "./useRoom";

const FORWARDING: ReadonlySet<string> = new Set(["in_session", "transcript_review", "in_camera", "court_mediation"]);

interface TileProps {
  participant: ParticipantView;
  /** Small tiles of the phone room: role or name only, no badges but the ring. */
  compact?: boolean;
  /** A second, larger picture of somebody who has a seat as well. */
  enlarged?: boolean;
  className?: string;
  /** What the plate says instead of role and name. */
  plate?: ReactNode;
  children?: ReactNode;
}

/** One person: picture, desk plate with role and name, and the states in words. */
export function Tile(props: TileProps) {
  if (props.participant.attends === "at_court") return <AtCourtPlate {...props} />;
  return <OnlineTile {...props} />;
}

function OnlineTile({ participant, compact, enlarged, className, plate, children }: TileProps) {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const role = useRoleLabel();
  const mine = participant.id === view.me.id;
  const track = useTrack(participant.id, mine);
  const speaking = view.speaker === participant.id;
  const names = ["tile", `tile--${sideClass(participant)}`];
  if (speaking) names.push("tile--speaking");
  if (className) names.push(className);
  const lost = !participant.connected && participant.state === "disconnected";
  const roleText = role(participant.role, participant.side);
  const near = compact ? nearLabel(participant, view.me) : null;
  return (
    <figure className={names.join(" ")} data-testid={enlarged ? "stage" : `tile-${participant.id}`} data-speaking={speaking || undefined}>
      {track ? (
        <Picture
          track={track}
          mirrored={mine && participant.role !== "courtroom"}
          remote={!mine}
          label={`${roleText} ${participant.name}`}
          {...(enlarged ? {} : { participant: participant.id, source: "camera" as const })}
        />
      ) : lost ? null : (
        <NoPicture participant={participant} />
      )}
      {lost ? <span className="tile__veil">{t("tile.reconnecting")}</span> : null}
      {compact ? null : <Badges participant={participant} mine={mine} speaking={speaking} />}
      {children ? <div className="tile__tools">{children}</div> : null}
      <figcaption className="plate">
        <span className="plate__who">
          {plate ?? (
            <>
              {near ? <b className="plate__name">{t(near)}</b> : <b className="plate__role">{roleText}</b>}
              {compact ? null : <span className="plate__name" title={participant.name}>{participant.name}</span>}
            </>
          )}
        </span>
        {participant.place === "main" || mine ? <MicrophoneMark participant={participant} /> : null}
        {compact ? null : <PathWord participant={participant.id} />}
        {compact ? null : <NetworkBars network={participant.connected ? participant.network : 0} />}
      </figcaption>
    </figure>
  );
}

/** On the phone's small tiles: what a person is to the reader says more than their role. */
function nearLabel(participant: ParticipantView, me: Me): string | null {
  if (participant.id === me.id) return "tile.you";
  if (participant.role === "presiding_judge") return "tile.judge";
  if (participant.side === null || participant.side !== me.side) return null;
  if (participant.role === "counsel" || participant.role === "defender") return "tile.yourLawyer";
  return me.role === "counsel" || me.role === "defender" ? "tile.yourClient" : null;
}

/** The picture of one person, if this viewer gets it now. */
export function useTrack(participant: string, mine: boolean): MediaStreamTrack | null {
  const { state, view } = useRoomContext();
  const local = useLocalMedia();
  if (mine) return view.me.camera_on && local.video.state === "live" ? local.video.track : null;
  const found = state.remote.find((track) => track.participant === participant && track.source === "camera");
  const person = view.participants.find(({ id }) => id === participant);
  return found && person?.camera_on !== false ? found.track : null;
}

function NoPicture({ participant }: { participant: ParticipantView }) {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const initial = [...participant.name.trim()][0] ?? "";
  return (
    <div className="tile__blank">
      <span className="tile__initial" aria-hidden="true">
        {initial}
      </span>
      <span>{t(blankReason(participant, view.phase.name))}</span>
    </div>
  );
}

function blankReason(participant: ParticipantView, phase: string): string {
  if (participant.state === "left" || participant.state === "left_without_permission") return "tile.left";
  if (participant.state === "removed") return "tile.removed";
  if (!participant.connected) return participant.state === "disconnected" ? "tile.noPicture" : "tile.notHere";
  if (participant.place === "lobby") return "tile.waiting";
  if (!participant.camera_on) return "tile.cameraOff";
  if (!FORWARDING.has(phase)) return "tile.notForwarded";
  return "tile.noPicture";
}

function MicrophoneMark({ participant }: { participant: ParticipantView }) {
  const { t } = useTranslation();
  const [Icon, key]: [LucideIcon, string] = participant.microphone_locked
    ? [Lock, "tile.micLocked"]
    : participant.microphone_on && !participant.muted_by_court
      ? [Mic, "tile.micOn"]
      : [MicOff, participant.muted_by_court ? "tile.micMuted" : "tile.micOff"];
  return (
    <span role="img" aria-label={t(key)} title={t(key)} className="plate__mark">
      <Icon size={17} aria-hidden="true" />
    </span>
  );
}

function Badges({ participant, mine, speaking }: { participant: ParticipantView; mine: boolean; speaking: boolean }) {
  const { t } = useTranslation();
  const dates = useDates();
  const ordinal = useOrdinal();
  const { view } = useRoomContext();
  const hand = view.hands.find((entry) => entry.participant === participant.id);
  return (
    <div className="badges">
      {speaking ? (
        <span className="badge badge--speaking">
          <span className="voice" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          {t("tile.speaking")}
        </span>
      ) : mine ? (
        <span className="badge">{t("tile.you")}</span>
      ) : null}
      {hand ? (
        <span className="badge badge--hand">
          <Hand size={16} aria-hidden="true" />
          {t("tile.hand", { place: ordinal(hand.place) })} <time>{dates.clock(hand.raised_at)}</time>
        </span>
      ) : participant.microphone_locked ? (
        <span className="badge">
          <Lock size={16} aria-hidden="true" />
          {t("tile.micLocked")}
        </span>
      ) : participant.connected && (participant.network === 1 || participant.network === 2) ? (
        <span className="badge badge--weak">{t(`network.${participant.network}`)}</span>
      ) : null}
    </div>
  );
}
