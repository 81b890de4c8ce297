import { ArrowLeft, CircleDashed } from "lucide-react";
import { useState } from "react";

import { Link } from "../router";
import { Loading } from "../ui";
import { Kind } from "../views/mediation/Kind";
import { ActionBar } from "./ActionBar";
import { ShortHash } from "./DeterminationCard";
import { FactsCard } from "./FactsCard";
import { LatestCard } from "./eligibility/LatestCard";
import { Cite, ErrorNote, FindingTag, OUTCOME_ICON } from "./parts";
import { useHearing } from "./HearingView";
import { RulingForm, type AskedGround } from "./RulingForm";
import { RulingsCard } from "./RulingsCard";
import { useHasRole } from "./session";
import { SidesCard } from "./SidesCard";
import type { FindingView, HearingDetail } from "./wire";
import { nameWithRole, useReader, useWords } from "./words";

/** The outcome, big: a shape, a sentence, and what it rests on. */
function OutcomeBanner({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  const determination = hearing.determination;
  if (determination === null) {
    return (
      <section className="desk-outcome" role="status" data-testid="outcome" data-outcome="none">
        <CircleDashed size={60} aria-hidden="true" className="desk-outcome__shape" />
        <div>
          <p className="kicker">{t("determination.kicker")}</p>
          <h1>{t("outcome.none.title")}</h1>
          <p>{t("outcome.none.text")}</p>
        </div>
      </section>
    );
  }
  const { outcome } = determination;
  const Icon = OUTCOME_ICON[outcome];
  const who = hearing.in_person.map((id) => nameWithRole(t, hearing, id)).join(t("listComma"));
  const notices = determination.findings.filter((finding) => finding.outcome === "warn").length;
  const counted = { await_ruling: hearing.awaiting.length, warn: notices, hybrid: 0, block: 0, allow: 0 }[outcome];
  return (
    <section
      className="desk-outcome"
      role="status"
      data-testid="outcome"
      data-outcome={outcome}
      data-current={determination.current}
    >
      <Icon size={60} aria-hidden="true" className="desk-outcome__shape" />
      <div>
        <p className="kicker">{t("determination.kicker")}</p>
        <h1>{t(`outcome.${outcome}.title`, { count: counted, who })}</h1>
        <p>{t(`outcome.${outcome}.text`, { who })}</p>
        {determination.current ? null : (
          <p className="desk-outcome__old" data-testid="superseded">
            {t("determination.superseded")}
          </p>
        )}
      </div>
      <dl>
        <dt>{t("determination.rules")}</dt>
        <dd>{determination.ruleset}</dd>
        <dt>{t("determination.asOf")}</dt>
        <dd>{determination.on}</dd>
        <dt>{t("determination.facts")}</dt>
        <dd>
          <ShortHash value={determination.facts_sha256} />
        </dd>
      </dl>
    </section>
  );
}

function Finding({ finding, hearing }: { finding: FindingView; hearing: HearingDetail }) {
  const t = useWords();
  const { text } = useReader();
  const Icon = OUTCOME_ICON[finding.outcome];
  const person = hearing.participants.find((one) => one.id === finding.about);
  const about = person === undefined ? null : nameWithRole(t, hearing, person.id);
  return (
    <article className="desk-finding" data-testid="finding" data-outcome={finding.outcome} data-rule={finding.rule}>
      <Icon size={24} aria-hidden="true" className={`desk-o-${finding.outcome}`} />
      <div>
        <div className="desk-finding__top">
          <h3>{text(finding.text)}</h3>
          <FindingTag outcome={finding.outcome} />
        </div>
        <p>
          {about ? <span className="soft">{about} · </span> : null}
          <Cite>{finding.citation}</Cite>
        </p>
      </div>
    </article>
  );
}

function FindingsCard({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  const findings = hearing.determination?.findings ?? [];
  if (hearing.determination === null) return null;
  return (
    <section className="card" aria-labelledby="findings-h">
      <div className="card__head desk-card-line">
        <h2 id="findings-h">{t("finding.title", { count: findings.length })}</h2>
        <span className="small soft">{t("finding.lead")}</span>
      </div>
      {findings.map((finding, index) => (
        <Finding key={`${finding.rule}-${index}`} finding={finding} hearing={hearing} />
      ))}
    </section>
  );
}

/** `/desk/hearings/{id}/gate`: the facts, what follows from them, and what the judge rules. */
export function GatePage({ id }: { id: string }) {
  const t = useWords();
  const { text } = useReader();
  const judge = useHasRole("judge");
  const clerk = useHasRole("clerk");
  const resource = useHearing(id);
  const [asked, setAsked] = useState<AskedGround | null>(() => {
    const ground = new URLSearchParams(location.search).get("ground");
    return ground === null ? null : { ground };
  });
  const supersede = (ground: string) => {
    setAsked({ ground });
    document.getElementById("ruling-h")?.scrollIntoView({ behavior: "smooth" });
    document.getElementById("ruling-ground")?.focus({ preventScroll: true });
  };
  const hearing = resource.value;
  if (hearing === undefined) {
    return (
      <main id="desk-main" className="desk-page">
        {resource.error === null ? <Loading /> : <ErrorNote error={resource.error} retry={resource.reload} />}
      </main>
    );
  }
  const rule = hearing.actions.rule;
  const rules = judge && rule !== undefined;
  return (
    <Kind kind={hearing.kind} local>
      <main id="desk-main" className="desk-page" data-phase={hearing.phase}>
        <div className="desk-gate-top">
          <Link href={`/desk/hearings/${id}`} className="desk-back desk-back--always">
            <ArrowLeft size={16} aria-hidden="true" />
            {t("back.hearing")}
          </Link>
          <p>
            <b>{hearing.case_number}</b>
            <span className="small soft">
              {hearing.title} · {hearing.cause} · {t(`stage.${hearing.stage}`)}
            </span>
          </p>
        </div>
        <ErrorNote error={resource.error} retry={resource.reload} />
        <OutcomeBanner hearing={hearing} />
        <ActionBar hearing={hearing} onChange={resource.set} />
        <div className="desk-gate" data-judge={rules}>
          <div className="desk-stack">
            {rules ? <FindingsCard hearing={hearing} /> : null}
            <SidesCard hearing={hearing} onChange={resource.set} />
            {clerk || judge ? <FactsCard hearing={hearing} onChange={resource.set} /> : null}
            {rules ? <LatestCard hearing={hearing} /> : null}
          </div>
          <div className="desk-stack">
            {rules && rule.allowed ? <RulingForm hearing={hearing} asked={asked} onChange={resource.set} /> : null}
            {rules && !rule.allowed && rule.reason ? <p className="banner">{text(rule.reason)}</p> : null}
            {rules ? null : <FindingsCard hearing={hearing} />}
            {!rules && hearing.awaiting.length > 0 ? <p className="banner banner--wait">{t("ruling.byJudge")}</p> : null}
            <RulingsCard hearing={hearing} onSupersede={rules && rule.allowed ? supersede : null} />
            {rules ? null : <LatestCard hearing={hearing} />}
          </div>
        </div>
      </main>
    </Kind>
  );
}
