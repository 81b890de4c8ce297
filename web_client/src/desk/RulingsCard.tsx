import { ShieldAlert, ShieldCheck, ShieldQuestion } from "lucide-react";

import { Button } from "../ui";
import { ShortHash } from "./DeterminationCard";
import "./rulings.css";
import { groundOf, rulingsInOrder } from "./rulings";
import type { HearingDetail, Ruling } from "./wire";
import { groundLabel, useReader, useWords } from "./words";

/** Whether the ruling still is what was signed. */
function Signature({ ruling }: { ruling: Ruling }) {
  const t = useWords();
  const state = ruling.signed === null ? "none" : ruling.signed ? "holds" : "broken";
  const Icon = { none: ShieldQuestion, holds: ShieldCheck, broken: ShieldAlert }[state];
  return (
    <p className="small desk-signature" data-testid="signature" data-state={state}>
      <Icon size={16} aria-hidden="true" />
      <span>
        {t(`ruling.signature.${state}`, { name: ruling.by, key: ruling.key_id ?? "" })}
        {ruling.facts_sha256 ? (
          <span className="soft">
            {" "}
            {t("ruling.onFacts")} <ShortHash value={ruling.facts_sha256} />
          </span>
        ) : null}
      </span>
    </p>
  );
}

interface Props {
  hearing: HearingDetail;
  /** Begin a ruling that supersedes the one on this ground; null where the reader may not rule. */
  onSupersede: ((ground: string) => void) | null;
}

/** Rulings so far, newest first. A ruling is never edited; a later one on the same ground supersedes it. */
export function RulingsCard({ hearing, onSupersede }: Props) {
  const t = useWords();
  const { moment, cite } = useReader();
  const rulings = rulingsInOrder(hearing.rulings);
  if (rulings.length === 0) return null;
  return (
    <section className="card" aria-labelledby="rulings-h">
      <div className="card__head desk-card-line">
        <h2 id="rulings-h">{t("ruling.list", { count: rulings.length })}</h2>
      </div>
      <ol className="desk-rulings">
        {rulings.map((ruling) => (
          <li
            key={ruling.id || `${ruling.ground}-${ruling.at}`}
            data-testid="ruling"
            data-superseded={ruling.superseded}
          >
            <div className="row wrap between">
              <b>{groundLabel(t, hearing, ruling.ground)}</b>
              <span className={ruling.superseded ? "tag" : ruling.held ? "tag tag--stop" : "tag tag--ok"}>
                {t(`ruling.${ruling.held ? "held" : "notHeld"}.${groundOf(ruling.ground).kind}`)}
              </span>
            </div>
            {ruling.superseded ? <p className="desk-superseded">{t("ruling.superseded")}</p> : null}
            <p>{ruling.reasons}</p>
            <p className="small soft">
              <span className="cite">{cite(ruling.article)}</span> · {ruling.by} · {moment(ruling.at)}
            </p>
            <Signature ruling={ruling} />
            {onSupersede !== null && !ruling.superseded ? (
              <div>
                <Button onPress={() => onSupersede(ruling.ground)} testId="supersede">
                  {t("ruling.supersede")}
                </Button>
              </div>
            ) : null}
          </li>
        ))}
      </ol>
    </section>
  );
}
