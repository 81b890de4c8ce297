import { Gavel, Scale, UserRound } from "lucide-react";

import { asPosition, kindOf, subjectsOf } from "./facts";
import { groundOf } from "./rulings";
import type { Assertion, HearingDetail, Ruling } from "./wire";
import { asserterLabel, groundLabel, nameWithRole, useReader, useWords, type Translate } from "./words";

/** What an assertion says, in words: 原告何秀兰：同意线上（庭审阶段）. */
export function assertionWords(t: Translate, hearing: HearingDetail, assertion: Assertion): string {
  const kind = kindOf(assertion.key);
  const [subject = "", further] = subjectsOf(assertion.key);
  const who = nameWithRole(t, hearing, subject);
  const { value } = assertion;
  const position = asPosition(value, hearing.stage);
  if ((kind === "position" || kind === "agent_position") && position !== null) {
    // A speaker's own key names that speaker; the party's alone stands for its agents as recorded together.
    return t(further === undefined ? `history.${kind}` : "history.position", {
      who: further === undefined ? who : nameWithRole(t, hearing, further),
      position: t(`position.${position.position}`),
      stage: t(`stage.${position.stage}`),
    });
  }
  if (kind === "need") {
    const need = t(`need.${subject}`);
    if (further === undefined) return t(value === true ? "history.needYes" : "history.needNo", { need });
    const side = nameWithRole(t, hearing, further);
    return t(value === true ? "history.sideNeedYes" : "history.sideNeedNo", { who: side, need });
  }
  if (kind === "witness_objection") return t(value === true ? "history.witnessYes" : "history.witnessNo", { who });
  const words: Record<string, string> = {
    capability: "capability",
    served_by: "served",
    closed: "closed",
    complexity: "complexity",
    social_impact: "impact",
  };
  const table = words[kind];
  if (table === undefined) return `${assertion.key}: ${JSON.stringify(value)}`;
  return t(`history.${kind}`, { who, value: t(`${table}.${String(value)}`, { defaultValue: String(value) }) });
}

type Entry =
  | { at: string; kind: "assertion"; assertion: Assertion }
  | { at: string; kind: "ruling"; ruling: Ruling };

function entriesOf(hearing: HearingDetail): Entry[] {
  const entries: Entry[] = [
    ...hearing.assertions.map((assertion) => ({ at: assertion.at, kind: "assertion" as const, assertion })),
    ...hearing.rulings.map((ruling) => ({ at: ruling.at, kind: "ruling" as const, ruling })),
  ];
  return entries.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

function AssertionEntry({ hearing, assertion }: { hearing: HearingDetail; assertion: Assertion }) {
  const t = useWords();
  const reasons = asPosition(assertion.value, hearing.stage)?.reasons ?? "";
  return (
    <div data-superseded={assertion.superseded}>
      <b>{assertionWords(t, hearing, assertion)}</b>
      {assertion.superseded ? <span className="small muted"> {t("history.superseded")}</span> : null}
      {reasons ? <p>{t("history.reasons", { reasons })}</p> : null}
      <p className="small soft">
        {t("history.source", { who: asserterLabel(t, hearing, assertion.asserted_by), how: t(`how.${assertion.how}`) })}
        {assertion.how !== "link" ? t("history.enteredBy", { name: assertion.entered_by }) : null}
        {assertion.note ? ` ${t("fact.note", { note: assertion.note })}` : null}
      </p>
    </div>
  );
}

/** Statements and rulings in the order in which they were made; nothing is ever taken out. */
export function HistoryCard({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  const { moment, cite } = useReader();
  const entries = entriesOf(hearing);
  const pending = hearing.awaiting;
  return (
    <section className="card" aria-labelledby="history-h">
      <div className="card__head">
        <h2 id="history-h">{t("history.title")}</h2>
      </div>
      <div className="card__body">
        {entries.length === 0 ? <p className="soft">{t("history.none")}</p> : null}
        <ol className="desk-tl">
          {entries.map((entry, index) => (
            <li key={`${entry.at}-${index}`}>
              <time dateTime={entry.at}>{moment(entry.at)}</time>
              <span className="desk-tl__pt" data-kind={entry.kind}>
                {entry.kind === "ruling" ? <Gavel size={15} aria-hidden="true" /> : <UserRound size={15} aria-hidden="true" />}
              </span>
              {entry.kind === "assertion" ? (
                <AssertionEntry hearing={hearing} assertion={entry.assertion} />
              ) : (
                <div>
                  <b>
                    {groundLabel(t, hearing, entry.ruling.ground)}
                    {t("colon")}
                    {t(`ruling.${entry.ruling.held ? "held" : "notHeld"}.${groundOf(entry.ruling.ground).kind}`)}
                  </b>
                  <p className="small soft">
                    {entry.ruling.by} · <span className="cite">{cite(entry.ruling.article)}</span>
                  </p>
                </div>
              )}
            </li>
          ))}
          {pending.length > 0 ? (
            <li>
              <span className="small muted desk-tl__now">{t("history.now")}</span>
              <span className="desk-tl__pt" data-kind="now">
                <Scale size={15} aria-hidden="true" />
              </span>
              <b>{t("history.waiting", { count: pending.length })}</b>
            </li>
          ) : null}
        </ol>
      </div>
    </section>
  );
}
