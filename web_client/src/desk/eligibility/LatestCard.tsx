import { ArrowRight } from "lucide-react";
import { useEffect } from "react";

import { Link } from "../../router";
import { Loading } from "../../ui";
import { ErrorNote } from "../parts";
import type { HearingDetail } from "../wire";
import { useReader, useWords } from "../words";
import "./eligibility.css";
import { EntryWords, LateTag } from "./Tags";
import { latest } from "./timeline";
import { useEligibility } from "./TimelinePage";

const SHOWN = 5;

/** What the page beside it may have changed: then the record has another entry. */
function markOf(hearing: HearingDetail): string {
  const { assertions, rulings, determination, phase } = hearing;
  return [assertions.length, rulings.length, determination?.id, phase].join(" ");
}

/** The last entries of the eligibility record, the newest first, and the way to all of them. */
export function LatestCard({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  const { moment } = useReader();
  const { value, error, reload } = useEligibility(hearing.id, 0);
  const mark = markOf(hearing);
  useEffect(reload, [mark, reload]);
  const entries = latest(value?.entries ?? [], SHOWN);
  return (
    <section className="card" aria-labelledby="latest-h" data-testid="latest">
      <div className="card__head desk-card-line">
        <h2 id="latest-h">{t("timeline.latest")}</h2>
        <Link className="btn btn--quiet" href={`/desk/hearings/${hearing.id}/eligibility`} data-testid="to-eligibility">
          {t("timeline.all")}
          <ArrowRight size={16} aria-hidden="true" />
        </Link>
      </div>
      <div className="card__body">
        <ErrorNote error={error} retry={reload} />
        {value === undefined && error === null ? <Loading /> : null}
        {value !== undefined && entries.length === 0 ? <p className="soft">{t("timeline.none.all")}</p> : null}
        <ol className="desk-latest">
          {entries.map((entry) => (
            <li key={entry.sequence}>
              <time dateTime={entry.at}>{moment(entry.at)}</time>
              <span>
                <EntryWords entry={entry} /> <LateTag entry={entry} />
              </span>
            </li>
          ))}
        </ol>
      </div>
    </section>
  );
}
