import "./room.css";
import "./objection/objection.css";

import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";

import type { ApiError } from "../../core/api";
import type { Room } from "../../core/room";
import { useText } from "../../i18n";
import type { JoinInfo, Requests, Terminated } from "../../protocol";
import { Banner, Loading } from "../../ui";
import { JoinFrame } from "../join/JoinFrame";
import { COURT } from "../../core/roles";

import { MediationRoom } from "../mediation/MediationRoom";
import { Sound } from "../media";
import { Announcer } from "./Announcer";
import { SoundBanner } from "./Banners";
import { CourtroomEndpoint } from "./courtroom/Endpoint";
import { CourtRoom } from "./CourtRoom";
import { PhoneRoom } from "./PhoneRoom";
import { Questions } from "./Questions";
import { RoomContext, useRoom, useRoomState, type Question, type RoomContextValue } from "./useRoom";
import { ClerkCheck, Lobby } from "./Waiting";

interface RoomPageProps {
  info: JoinInfo;
  onTerminated: (last: Terminated) => void;
  onForbidden: (error: ApiError) => void;
}

/** The waiting room, the check with the clerk, and the courtroom: one live connection through all of them. */
export default function RoomPage(props: RoomPageProps) {
  const room = useRoom(props.info.participation);
  return room ? <LiveRoom {...props} room={room} /> : <Loading />;
}

function LiveRoom({ info, onTerminated, onForbidden, room }: RoomPageProps & { room: Room }) {
  const state = useRoomState(room);
  const text = useText();
  const [question, setQuestion] = useState<Question | null>(null);
  const [refusal, setRefusal] = useState<unknown>(null);

  useEffect(() => {
    if (state.terminated) onTerminated(state.terminated);
  }, [state.terminated, onTerminated]);
  useEffect(() => {
    if (state.forbidden) onForbidden(state.forbidden);
  }, [state.forbidden, onForbidden]);

  const value = useMemo<RoomContextValue | null>(() => {
    if (!state.view) return null;
    const act = async <Event extends keyof Requests>(event: Event, body: Requests[Event]) => {
      setRefusal(null);
      try {
        return await room.request(event, body);
      } catch (error) {
        setRefusal(error);
        return undefined;
      }
    };
    return {
      room,
      state,
      view: state.view,
      act,
      told: setRefusal,
      refusal,
      clearRefusal: () => setRefusal(null),
      ask: setQuestion,
    };
  }, [room, state, refusal]);

  if (!value) {
    if (state.status !== "refused") return <Loading />;
    return (
      <JoinFrame court={info.court} info={info}>
        <Banner tone="wait" role="status" testId="connection-refused">
          {text(state.refusal)}
        </Banner>
        <Loading />
      </JoinFrame>
    );
  }
  return (
    <RoomContext value={value}>
      <PageTitle info={info} />
      <Announcer />
      {state.remote
        .filter(({ kind }) => kind === "audio")
        .map(({ producer, track, participant, source }) => (
          <Sound
            key={producer}
            track={track}
            participant={participant}
            source={source}
            onBlocked={() => room.soundWasBlocked(true)}
          />
        ))}
      <Place info={info} value={value} />
      {question ? <Questions question={question} onClose={() => setQuestion(null)} /> : null}
    </RoomContext>
  );
}

function Place({ info, value }: { info: JoinInfo; value: RoomContextValue }) {
  const wide = useWide();
  const { me } = value.view;
  if (me.role === "courtroom") return <CourtroomEndpoint />;
  const staff = COURT.has(me.role);
  if (!staff && me.place !== "main") {
    return (
      <>
        {me.place === "check" ? <ClerkCheck info={info} /> : <Lobby info={info} />}
        <SoundBanner />
      </>
    );
  }
  if (!wide) return <PhoneRoom />;
  return value.view.hearing.kind === "mediation" ? <MediationRoom /> : <CourtRoom />;
}

function PageTitle({ info }: { info: JoinInfo }) {
  const { t } = useTranslation();
  const title = t("room.pageTitle", { number: info.case_number });
  useEffect(() => {
    const before = document.title;
    document.title = title;
    return () => {
      document.title = before;
    };
  }, [title]);
  return null;
}

const WIDE = "(min-width: 768px)";

function useWide(): boolean {
  const query = useMemo(() => window.matchMedia(WIDE), []);
  return useSyncExternalStore(
    (changed) => {
      query.addEventListener("change", changed);
      return () => query.removeEventListener("change", changed);
    },
    () => query.matches,
  );
}
