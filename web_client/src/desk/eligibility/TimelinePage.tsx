import { ArrowLeft, CalendarDays, ShieldAlert, ShieldCheck } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { Link } from "../../router";
import { Loading } from "../../ui";
import { ShortHash } from "../DeterminationCard";
import { Empty, ErrorNote, OutcomeTag, PageHead, Segments } from "../parts";
import { useResource } from "../resource";
import { recordDay } from "../time";
import type { EligibilityHistory } from "../wire";
import { useReader, useWords } from "../words";
import { ComparePanel } from "./ComparePanel";
import { beside, firstAsked, type Asked } from "./comparison";
import "./eligibility.css";
import { EntryItem } from "./EntryItem";
import { Exports } from "./Exports";
import { byDay, ofGroup, SHOWN, type Shown } from "./timeline";

const POLL_MS = 10_000;

export function useEligibility(id: string, poll_ms = POLL_MS) {
  return useResource<EligibilityHistory>(`hearings/${id}/eligibility`, poll_ms);
}

/** Whether the record is what was written down: the hash chain over all of it. */
function Chain({ history }: { history: EligibilityHistory }) {
  const t = useWords();
  const { chain } = history;
  const Icon = chain.verified ? ShieldCheck : ShieldAlert;
  return (
    <p
      className={`banner ${chain.verified ? "banner--ok" : "banner--stop"}`}
      role={chain.verified ? "status" : "alert"}
      data-testid="chain"
      data-verified={chain.verified}
    >
      <Icon size={20} aria-hidden="true" />
      <span className="grow">
        {chain.verified
          ? t("timeline.chain.holds", { count: chain.entries })
          : t("timeline.chain.broken", { entry: chain.first_problem })}{" "}
        <span className="small soft">
          {t("timeline.chain.head")} <ShortHash value={chain.head} />
        </span>
      </span>
    </p>
  );
}

function Standing({ history }: { history: EligibilityHistory }) {
  const t = useWords();
  const { current } = history;
  if (current === null) return <span>{t("determination.none")}</span>;
  return (
    <span className="row wrap">
      {t("timeline.now")}
      <OutcomeTag outcome={current.outcome} />
      <span className="small">
        {current.ruleset} · {t("determination.on", { date: current.on })}
      </span>
      {current.current ? null : <b className="small">{t("timeline.stale")}</b>}
    </span>
  );
}

interface TimelineProps {
  history: EligibilityHistory;
  onCompare: (determination: string) => void;
}

function Timeline({ history, onCompare }: TimelineProps) {
  const t = useWords();
  const { reader } = useReader();
  const [shown, setShown] = useState<Shown>("all");
  const entries = ofGroup(history.entries, shown);
  const options = SHOWN.map((value) => ({
    value,
    label: t(`timeline.show.${value}`, { count: ofGroup(history.entries, value).length }),
  }));
  return (
    <section className="card" aria-labelledby="timeline-h">
      <div className="card__head desk-card-line desk-timeline-head">
        <h2 id="timeline-h">{t("timeline.title")}</h2>
        <div className="desk-noprint">
          <Segments label={t("timeline.show.label")} value={shown} options={options} onChange={setShown} testId="timeline-filter" />
        </div>
      </div>
      <div className="card__body">
        {entries.length === 0 ? (
          <Empty icon={CalendarDays} title={t(`timeline.none.${shown}`)} />
        ) : (
          byDay(entries).map(({ day, entries: ofDay }) => (
            <section key={day} className="desk-day" aria-label={recordDay(day, reader)}>
              <h3>
                <time dateTime={day}>{recordDay(day, reader)}</time>
              </h3>
              <ol>
                {ofDay.map((entry) => (
                  <EntryItem key={entry.sequence} entry={entry} onCompare={onCompare} />
                ))}
              </ol>
            </section>
          ))
        )}
      </div>
    </section>
  );
}

function Page({ id, history }: { id: string; history: EligibilityHistory }) {
  const t = useWords();
  const [asked, setAsked] = useState<Asked>(() => firstAsked(history));
  const [jumps, setJumps] = useState(0);
  const panel = useRef<HTMLHeadingElement>(null);
  // After the panel has taken over what to compare, it is what the reader asked to see.
  useEffect(() => {
    if (jumps === 0) return;
    panel.current?.scrollIntoView();
    panel.current?.focus();
  }, [jumps]);
  const compare = (determination: string) => {
    setAsked(beside(history, determination));
    setJumps((count) => count + 1);
  };
  return (
    <main id="desk-main" className="desk-page desk-eligibility">
      <div className="desk-noprint">
        <Link href={`/desk/hearings/${id}`} className="desk-back desk-back--always">
          <ArrowLeft size={16} aria-hidden="true" />
          {t("back.hearing")}
        </Link>
      </div>
      <PageHead
        kicker={`${history.case_number} · ${history.title}`}
        title={t("timeline.page")}
        below={<Standing history={history} />}
      >
        <div className="desk-noprint">
          <Exports hearing={id} />
        </div>
      </PageHead>
      <Chain history={history} />
      <Timeline history={history} onCompare={compare} />
      <ComparePanel hearing={id} history={history} asked={asked} onAsk={setAsked} heading={panel} />
    </main>
  );
}

/** `/desk/hearings/{id}/eligibility`: all that was stated, decided and ruled about holding this proceeding online. */
export function TimelinePage({ id }: { id: string }) {
  const resource = useEligibility(id);
  if (resource.value === undefined) {
    return (
      <main id="desk-main" className="desk-page">
        {resource.error === null ? <Loading /> : <ErrorNote error={resource.error} retry={resource.reload} />}
      </main>
    );
  }
  return <Page id={id} history={resource.value} />;
}
