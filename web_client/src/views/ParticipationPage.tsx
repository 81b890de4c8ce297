import { CalendarClock } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { getParticipation } from "../core/api";
import { localMedia } from "../core/local";
import { useDates, useText } from "../i18n";
import type { JoinInfo, Terminated } from "../protocol";
import { Banner, ErrorBanner, Loading } from "../ui";
import { AtCourtPage } from "./join/AtCourtPage";
import { EquipmentStep } from "./join/EquipmentStep";
import { JoinFrame } from "./join/JoinFrame";
import { canTakePart, isInAppBrowser, OutsideBrowser } from "./join/OutsideBrowser";
import { RulesStep } from "./join/RulesStep";
import { isUrgent, StatementCard, StatementOffer, useSheet } from "./statement/StatementCard";
import { LoadFailed } from "./LoadFailed";
import { DisclosureLine, DisclosureQuestion, isAsked, OffBanner } from "./mediation/Disclosure";
import { Kind } from "./mediation/Kind";
import { CompletedSteps } from "./room/objection/CompletedSteps";
import { Terminal } from "./Terminal";

const RoomPage = lazy(() => import("./room/RoomPage"));

const ASK_AGAIN_MS = 15_000;

/**
 * `/p/{participation}`: the way into the room and the room, at one address. What comes next is the server's answer, so
 * that a reload or a second visit goes on where it was and asks nothing twice.
 */
export function ParticipationPage({ participation }: { participation: string }) {
  const [info, setInfo] = useState<JoinInfo | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [last, setLast] = useState<Terminated | null>(null);

  const load = useCallback(() => {
    setError(null);
    getParticipation(participation).then(setInfo, setError);
  }, [participation]);

  useEffect(load, [load]);

  const step = info?.step;
  useEffect(() => {
    if (step !== "not_yet" && step !== "at_court") return;
    const timer = setInterval(load, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [step, load]);

  const over = last !== null || step === "ended" || step === "at_court";
  useEffect(() => {
    if (over) localMedia.stop(); // the lamp of the camera goes out with the hearing
  }, [over]);

  // The server gave no room token: it says where this participation stands; if still in the room, that is an error.
  const askAgain = useCallback(
    (cause: unknown) => {
      const failed = (error: unknown) => {
        setInfo(null);
        setError(error);
      };
      getParticipation(participation).then((now) => (now.step === "room" ? failed(cause) : setInfo(now)), failed);
    },
    [participation],
  );

  // Whoever is sent to the courthouse from the room reads where and when, not only that the connection is over.
  const ended = useCallback(
    (terminated: Terminated) => {
      if (terminated.reason !== "at_court") setLast(terminated);
      else getParticipation(participation).then(setInfo, () => setLast(terminated));
    },
    [participation],
  );

  const returnToRoom = () => {
    setLast(null);
    setInfo(null);
    load();
  };

  const page = (): ReactNode => {
    if (last) {
      return (
        <Terminal
          kind={last.reason}
          text={last.text}
          info={info ?? undefined}
          onReturn={last.may_return ? returnToRoom : undefined}
        >
          {last.conversion ? <CompletedSteps conversion={last.conversion} /> : null}
        </Terminal>
      );
    }
    if (!info) return error ? <LoadFailed error={error} onRetry={load} /> : <Loading />;
    if (!canTakePart() || isInAppBrowser()) {
      return (
        <OutsideBrowser inApp={isInAppBrowser()} address={location.href}>
          <StatementOffer info={info} />
        </OutsideBrowser>
      );
    }
    switch (info.step) {
      case "not_yet":
        return <NotYet info={info} error={error} onDone={setInfo} />;
      case "equipment":
        return <BeforeEquipment info={info} onDone={setInfo} />;
      case "declaration":
        return <RulesStep info={info} onDone={setInfo} />;
      case "at_court":
        return <AtCourtPage info={info} />;
      case "ended":
        return (
          <Terminal
            kind={info.ended ?? "closed"}
            info={info}
            onReturn={info.ended === "left" ? load : undefined}
          >
            {info.conversion ? <CompletedSteps conversion={info.conversion} /> : null}
          </Terminal>
        );
      case "room":
        return (
          <Suspense fallback={<Loading />}>
            <RoomPage info={info} onTerminated={ended} onForbidden={askAgain} />
          </Suspense>
        );
    }
  };
  return <Kind kind={info?.kind}>{page()}</Kind>;
}

/**
 * Whoever still owes an answer with a deadline is asked before the equipment test, once, and may go past; where the
 * room is already open nothing stands in the way.
 */
function BeforeEquipment({ info, onDone }: { info: JoinInfo; onDone: (info: JoinInfo) => void }) {
  const { sheet, settled } = useSheet(info);
  const [later, setLater] = useState(false);
  const [answerLater, setAnswerLater] = useState(false);
  const open = info.phase === "lobby_open" || info.phase === "ready" || info.phase === "in_session";
  if (!open && !settled) return <Loading />;
  if (!open && !later && isUrgent(sheet)) {
    return (
      <JoinFrame court={info.court} info={info}>
        <StatementCard sheet={sheet} primary onLater={() => setLater(true)} />
      </JoinFrame>
    );
  }
  if (!answerLater && isAsked(info.mediation)) {
    return (
      <DisclosureQuestion
        info={info}
        mediation={info.mediation}
        onDone={onDone}
        onLater={() => setAnswerLater(true)}
      />
    );
  }
  return <EquipmentStep info={info} onDone={onDone} below={sheet ? <StatementCard sheet={sheet} /> : null} />;
}

interface NotYetProps {
  info: JoinInfo;
  error: unknown;
  onDone: (info: JoinInfo) => void;
}

function NotYet({ info, error, onDone }: NotYetProps) {
  const { t } = useTranslation();
  const text = useText();
  const dates = useDates();
  const { sheet } = useSheet(info);
  const urgent = isUrgent(sheet);
  const card = sheet ? <StatementCard sheet={sheet} primary={urgent} /> : null;
  return (
    <JoinFrame court={info.court} info={info}>
      <div className="stack-4" data-testid="not-yet">
        {urgent ? card : null}
        <OffBanner text={text(info.mediation?.off)} />
        <CalendarClock size={44} aria-hidden="true" className="terminal-icon" />
        <div className="stack" role="status">
          <h1>{t("notYet.title")}</h1>
          <p className="lead">
            {info.scheduled_at ? t("notYet.when", { when: dates.dayAndTime(info.scheduled_at) }) : t("notYet.noTime")}
          </p>
        </div>
        <Banner>{t("notYet.stay")}</Banner>
        <DisclosureLine info={info} onDone={onDone} />
        {urgent ? null : card}
        <ErrorBanner error={error} />
      </div>
    </JoinFrame>
  );
}
