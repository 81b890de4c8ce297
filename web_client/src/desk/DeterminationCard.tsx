import { ArrowRight, Scale } from "lucide-react";

import { Link } from "../router";
import { Cite, OUTCOME_ICON, OutcomeTag } from "./parts";
import type { FindingView, HearingDetail } from "./wire";
import { useReader, useWords } from "./words";

/** `5c1e90ab…77d2`: enough of a hash to compare by eye; the whole of it is in the title. */
export function ShortHash({ value }: { value: string }) {
  return (
    <span className="mono" title={value}>
      {value.length > 16 ? `${value.slice(0, 8)}…${value.slice(-4)}` : value}
    </span>
  );
}

function FindingLine({ finding }: { finding: FindingView }) {
  const t = useWords();
  const { text } = useReader();
  const Icon = OUTCOME_ICON[finding.outcome];
  return (
    <li data-testid="finding" data-outcome={finding.outcome} data-rule={finding.rule}>
      <Icon size={20} role="img" aria-label={t(`outcome.${finding.outcome}.finding`)} className={`desk-o-${finding.outcome}`} />
      <span>{text(finding.text)}</span>
      <Cite>{finding.citation}</Cite>
    </li>
  );
}

/** Whether the hearing may be held online: the outcome and every finding with the rule that supports it. */
export function DeterminationCard({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  const determination = hearing.determination;
  return (
    <section
      className="card"
      aria-labelledby="determination-h"
      data-testid="outcome"
      data-outcome={determination?.outcome ?? "none"}
      data-current={determination?.current ?? false}
    >
      <div className="card__head">
        <div className="row wrap">
          <h2 id="determination-h">{t("determination.title")}</h2>
          {determination ? <OutcomeTag outcome={determination.outcome} /> : null}
        </div>
        <Link className="btn btn--quiet" href={`/desk/hearings/${hearing.id}/gate`}>
          {t("determination.all")}
          <ArrowRight size={16} aria-hidden="true" />
        </Link>
      </div>
      <div className="card__body desk-find-body">
        {determination === null ? (
          <p className="soft row">
            <Scale size={20} aria-hidden="true" />
            {t("determination.none")}
          </p>
        ) : (
          <>
            {determination.current ? null : (
              <p className="banner banner--wait" role="status" data-testid="superseded">
                {t("determination.superseded")}
              </p>
            )}
            <ul className="desk-mini-find">
              {determination.findings.map((finding, index) => (
                <FindingLine key={`${finding.rule}-${index}`} finding={finding} />
              ))}
            </ul>
            <p className="small muted">
              {determination.ruleset} · {t("determination.facts")} <ShortHash value={determination.facts_sha256} /> ·{" "}
              {t("determination.on", { date: determination.on })}
            </p>
          </>
        )}
      </div>
    </section>
  );
}
