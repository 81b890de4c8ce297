import { CircleCheck, Clock, History, PenLine, Scale, UsersRound, Video } from "lucide-react";

import { Link, navigate } from "../router";
import { Button, Loading } from "../ui";
import { Kind } from "../views/mediation/Kind";
import { ActionBar } from "./ActionBar";
import { ConversionCard } from "./ConversionCard";
import { CourtroomPanel } from "./CourtroomPanel";
import { DeterminationCard } from "./DeterminationCard";
import { ENDED_PHASES, LIVE_PHASES, mayHaveRecording, stepsOf } from "./lifecycle";
import { MediationCard } from "./mediation/MediationCard";
import { ParticipantsCard } from "./ParticipantsCard";
import { Cite, ErrorNote, PageHead } from "./parts";
import { useResource } from "./resource";
import { SidesCard } from "./SidesCard";
import { useHasRole } from "./session";
import type { HearingDetail } from "./wire";
import { useReader, useWords } from "./words";

const POLL_MS = 3_000;

export function useHearing(id: string, poll_ms = POLL_MS) {
  return useResource<HearingDetail>(`hearings/${id}`, poll_ms);
}

function LifeCycle({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  return (
    <div className="card card__body desk-life-card">
      <ol className="desk-life" aria-label={t("life.label")}>
        {stepsOf(hearing.phase, hearing.conversion !== null).map(({ step, state }) => (
          <li key={step} data-state={state} aria-current={state === "now" ? "step" : undefined}>
            {state === "now" ? t(`phase.${hearing.phase}`) : t(`life.${step}`)}
          </li>
        ))}
      </ol>
    </div>
  );
}

interface Condition {
  key: string;
  done: boolean;
  words: string;
}

function conditionsOf(t: ReturnType<typeof useWords>, hearing: HearingDetail): Condition[] {
  const invited = hearing.participants.filter((one) => one.person !== null && one.role !== "witness");
  const online = invited.filter((one) => one.attends === "online");
  const verified = online.filter((one) => one.identity_verified).length;
  const declared = online.filter((one) => one.declared).length;
  const judge = hearing.participants.find((one) => one.role === "presiding_judge");
  const clerk = hearing.participants.find((one) => one.role === "clerk");
  const determination = hearing.determination;
  const valid =
    determination !== null && determination.current && !["block", "await_ruling"].includes(determination.outcome);
  const determined =
    determination === null ? "none" : !determination.current ? "superseded" : valid ? "valid" : "refuses";
  const recorder = hearing.recording.state;
  const mediation = hearing.kind === "mediation";
  const mediator = hearing.participants.find((one) => one.role === "mediator");
  const of = (count: number): string =>
    online.length > 0 && count === online.length
      ? t("ready.all", { count })
      : t("ready.of", { count, total: online.length });
  return [
    { key: "determination", done: valid, words: t(`ready.determination.${determined}`) },
    ...(mediation
      ? []
      : [
          {
            key: "recorder",
            done: ["armed", "recording", "paused", "ready"].includes(recorder),
            words: t(`recording.${recorder}`),
          },
        ]),
    { key: "identity", done: online.length > 0 && verified === online.length, words: of(verified) },
    { key: "declared", done: online.length > 0 && declared === online.length, words: of(declared) },
    {
      key: "bench",
      done: mediation ? Boolean(mediator?.connected) : Boolean(judge?.connected && clerk?.connected),
      words: mediation
        ? t(`ready.mediator.${mediator?.connected ? "here" : "away"}`)
        : t(`ready.bench.${judge?.connected ? (clerk?.connected ? "both" : "judge") : clerk?.connected ? "clerk" : "none"}`),
    },
  ];
}

/** What opening needs, as the desk sees it now. The server decides; this says where the hearing stands. */
function Readiness({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  return (
    <ul className="card desk-ready" aria-label={t("ready.label")}>
      {conditionsOf(t, hearing).map(({ key, done, words }) => (
        <li key={key} data-done={done}>
          <span className="small soft">{t(`ready.${key}.label`)}</span>
          <b>
            {done ? <CircleCheck size={20} aria-hidden="true" /> : <Clock size={20} aria-hidden="true" />}
            {words}
          </b>
        </li>
      ))}
    </ul>
  );
}

function Head({ hearing, onChange }: { hearing: HearingDetail; onChange: (hearing: HearingDetail) => void }) {
  const t = useWords();
  const { moment, text } = useReader();
  const judge = hearing.participants.find((one) => one.role === "presiding_judge");
  const change = hearing.actions.change;
  const clerk = useHasRole("clerk");
  const which = `${hearing.case_number} · ${hearing.cause} · ${t(`stage.${hearing.stage}`)}`;
  return (
    <>
      <PageHead
        kicker={
          clerk ? (
            <Link href={`/desk/cases/${hearing.case_id}`} className="desk-plain-link">
              {which}
            </Link>
          ) : (
            which
          )
        }
        title={hearing.title}
        below={
          <p>
            {hearing.scheduled_at === null ? (
              t("hearing.noTime")
            ) : (
              <time dateTime={hearing.scheduled_at}>{moment(hearing.scheduled_at)}</time>
            )}
            {" · "}
            {text(hearing.courtroom)}
            {judge ? ` · ${t("hearing.presiding", { name: judge.name })}` : ""}
            {hearing.mediation ? ` · ${t("hearing.mediatedBy", { name: hearing.mediation.mediator })}` : ""}
          </p>
        }
      >
        {change && clerk ? (
          <Button
            onPress={() => navigate(`/desk/hearings/${hearing.id}/edit`)}
            reason={change.allowed ? null : text(change.reason)}
            testId="edit-hearing"
          >
            <PenLine size={16} aria-hidden="true" />
            {t("hearing.edit")}
          </Button>
        ) : null}
        <Link className="btn" href={`/desk/hearings/${hearing.id}/gate`} data-testid="to-gate">
          <Scale size={16} aria-hidden="true" />
          {t(clerk && !ENDED_PHASES.includes(hearing.phase) ? "hearing.toGate" : "hearing.toGrounds")}
        </Link>
        <Link className="btn" href={`/desk/hearings/${hearing.id}/eligibility`} data-testid="to-record">
          <History size={16} aria-hidden="true" />
          {t("hearing.toEligibility")}
        </Link>
        {hearing.kind === "hearing" && (mayHaveRecording(hearing.phase) || hearing.recording.state === "ready") ? (
          <Link className="btn btn--primary" href={`/desk/hearings/${hearing.id}/recording`} data-testid="to-recording">
            <Video size={16} aria-hidden="true" />
            {t("hearing.toRecording")}
          </Link>
        ) : null}
      </PageHead>
      <ActionBar hearing={hearing} onChange={onChange} />
    </>
  );
}

function RecordingStrip({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  const info = hearing.recording;
  if (info.state === "unhealthy" || info.state === "failed") {
    return (
      <div className="banner banner--stop" role="status">
        <Video size={20} aria-hidden="true" />
        <p>
          {t(`recording.${info.state}Long`)} {info.reason} <Cite>REC 4</Cite>
        </p>
      </div>
    );
  }
  if (info.state !== "composing") return null;
  return (
    <div className="banner" role="status">
      <Video size={20} aria-hidden="true" />
      <div className="grow stack">
        <p>{t("recording.composingLong", { percent: Math.round((info.progress ?? 0) * 100) })}</p>
        <progress className="desk-progress" max={1} value={info.progress ?? 0} aria-label={t("recording.composing")} />
      </div>
    </div>
  );
}

/** `/desk/hearings/{id}` */
export function HearingView({ id }: { id: string }) {
  const t = useWords();
  const resource = useHearing(id);
  const hearing = resource.value;
  if (hearing === undefined) {
    return resource.error === null ? <Loading /> : <ErrorNote error={resource.error} retry={resource.reload} />;
  }
  const mediation = hearing.kind === "mediation";
  const recorded = mayHaveRecording(hearing.phase) && !mediation;
  return (
    <Kind kind={hearing.kind} local>
      <article className={mediation ? "desk-stack mediation" : "desk-stack"} data-testid="hearing" data-phase={hearing.phase}>
        <Head hearing={hearing} onChange={resource.set} />
        <ErrorNote error={resource.error} retry={resource.reload} />
        {mediation ? <MediationCard hearing={hearing} onChange={resource.set} /> : <LifeCycle hearing={hearing} />}
        <RecordingStrip hearing={hearing} />
        <ConversionCard hearing={hearing} />
        {mayHaveRecording(hearing.phase) || hearing.phase === "cancelled" ? null : <Readiness hearing={hearing} />}
        <DeterminationCard hearing={hearing} />
        {recorded || ENDED_PHASES.includes(hearing.phase) ? null : (
          <SidesCard hearing={hearing} onChange={resource.set} />
        )}
        {mediation && hearing.in_person.length === 0 ? null : <CourtroomPanel hearing={hearing} />}
        <ParticipantsCard hearing={hearing} onChange={resource.set} />
        {LIVE_PHASES.includes(hearing.phase) ? (
          <p className="small soft row">
            <UsersRound size={16} aria-hidden="true" />
            {t("hearing.admitInRoom")}
          </p>
        ) : null}
      </article>
    </Kind>
  );
}
