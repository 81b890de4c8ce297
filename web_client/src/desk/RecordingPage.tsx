import { ArrowLeft, CircleSlash, Eye, RefreshCw, Video } from "lucide-react";
import { useRef, useState } from "react";

import { post } from "../core/api";
import { Link } from "../router";
import { Button, Loading } from "../ui";
import { EventsCard } from "./EventsCard";
import { Empty, ErrorNote } from "./parts";
import { Player, type PlayerHandle } from "./Player";
import { useAction, useResource } from "./resource";
import type { RecordingDetail } from "./wire";
import { VerificationCard } from "./VerificationCard";
import { useReader, useWords } from "./words";

const POLL_MS = 2_000;

interface StageProps {
  detail: RecordingDetail;
  onChange: (detail: RecordingDetail) => void;
}

/** What stands in the player's place while there is nothing to play. */
function NoPicture({ detail, onChange }: StageProps) {
  const t = useWords();
  const { info } = detail;
  const again = useAction(async () => onChange(await post<RecordingDetail>(`hearings/${detail.hearing}/recording/compose`)));
  if (info.state === "failed") {
    return (
      <div className="card desk-stage-note" data-testid="recording-failed">
        <Empty icon={CircleSlash} title={t("playback.failed")}>
          <p className="soft">{info.reason ?? t("playback.failedText")}</p>
          <p className="soft">{t("playback.failedKept")}</p>
          <Button variant="primary" working={again.working} onPress={() => void again.run()} testId="compose-again">
            <RefreshCw size={16} aria-hidden="true" />
            {t("playback.composeAgain")}
          </Button>
          <ErrorNote error={again.error} />
        </Empty>
      </div>
    );
  }
  if (info.state === "composing") {
    const share = info.progress ?? 0;
    return (
      <div className="card desk-stage-note" data-testid="recording-composing">
        <Empty icon={Video} title={t("playback.composing", { percent: Math.round(share * 100) })}>
          <progress className="desk-progress" max={1} value={share} aria-label={t("recording.composing")} />
          <p className="soft">{t("playback.composingText")}</p>
        </Empty>
      </div>
    );
  }
  const running = info.state === "recording" || info.state === "paused" || info.state === "unhealthy";
  return (
    <div className="card desk-stage-note" data-testid="recording-none">
      <Empty icon={running ? Video : CircleSlash} title={t(running ? "playback.running" : "playback.none")}>
        <p className="soft">{info.reason ?? t(running ? "playback.runningText" : "playback.noneText")}</p>
      </Empty>
    </div>
  );
}

/** `/desk/hearings/{id}/recording`: the composed file, its events, and whether anything was altered. */
export function RecordingPage({ id }: { id: string }) {
  const t = useWords();
  const { moment } = useReader();
  const resource = useResource<RecordingDetail>(`hearings/${id}/recording`, POLL_MS);
  const player = useRef<PlayerHandle>(null);
  const [time_s, setTime] = useState(0);
  const detail = resource.value;
  if (detail === undefined) {
    return (
      <main id="desk-main" className="desk-page">
        {resource.error === null ? <Loading /> : <ErrorNote error={resource.error} retry={resource.reload} />}
      </main>
    );
  }
  const first = detail.events[0];
  const seek = (to_s: number) => player.current?.seek(to_s);
  return (
    <main id="desk-main" className="desk-page" data-recording={detail.info.state}>
      <div className="desk-gate-top">
        <Link href={`/desk/hearings/${id}`} className="desk-back desk-back--always">
          <ArrowLeft size={16} aria-hidden="true" />
          {t("back.hearing")}
        </Link>
        <p>
          <b>
            {detail.case_number} · {t("playback.title")}
          </b>
          <span className="small soft">
            {detail.title}
            {first ? ` · ${moment(first.at)}` : ""}
          </span>
        </p>
        <span className="grow" />
        <span className="tag desk-tag-line">
          <Eye size={16} aria-hidden="true" />
          {t("playback.logged")}
        </span>
      </div>
      <ErrorNote error={resource.error} retry={resource.reload} />
      <div className="desk-play">
        <section className="desk-play__main" aria-label={t("playback.player")}>
          {detail.video ? (
            <Player ref={player} detail={detail} time_s={time_s} onTime={setTime} />
          ) : (
            <NoPicture detail={detail} onChange={resource.set} />
          )}
        </section>
        <div className="desk-stack">
          <VerificationCard detail={detail} onChange={resource.set} />
          <EventsCard detail={detail} time_s={detail.video ? time_s : null} onSeek={seek} />
        </div>
      </div>
    </main>
  );
}
