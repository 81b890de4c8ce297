import { ArrowRight, Clock, Gavel, Radio } from "lucide-react";

import { Link } from "../router";
import { Loading, Tag } from "../ui";
import { Empty, ErrorNote, PageHead, PhaseTag } from "./parts";
import { useResource } from "./resource";
import "./rulings.css";
import { useHasRole } from "./session";
import type { AwaitingList, AwaitingMatter } from "./wire";
import { useReader, useWords } from "./words";

export const AWAITING_POLL_MS = 10_000;

/** What was said, word for word, by whom and how it reached the court. */
function Statements({ matter }: { matter: AwaitingMatter }) {
  const t = useWords();
  const { text, moment } = useReader();
  if (matter.statements.length === 0) return null;
  return (
    <ul className="desk-matter__said">
      {matter.statements.map((one) => (
        <li key={`${one.at}-${one.asserted_by}`}>
          {text(one.text) === text(matter.text) ? null : <p>{text(one.text)}</p>}
          {one.reasons ? (
            <blockquote>{one.reasons}</blockquote>
          ) : (
            <p className="small soft">{t("awaiting.noReasons")}</p>
          )}
          <p className="small soft">
            {t("history.source", { who: one.asserted_by, how: t(`how.${one.how}`) })}
            {one.how === "link" ? null : t("history.enteredBy", { name: one.entered_by })} · {moment(one.at)}
            {one.late ? ` · ${t("awaiting.late")}` : ""}
          </p>
        </li>
      ))}
    </ul>
  );
}

function MatterCard({ matter }: { matter: AwaitingMatter }) {
  const t = useWords();
  const { text, moment } = useReader();
  const { hearing, ground } = matter;
  const gate = `/desk/hearings/${hearing.id}/gate`;
  const href = ground !== null && matter.may_rule ? `${gate}?ground=${encodeURIComponent(ground)}` : gate;
  return (
    <li className="card desk-matter" data-testid="matter" data-ground={ground ?? ""} data-open={matter.after_opening}>
      <div className="desk-matter__main">
        <div className="row wrap">
          <h3>{text(matter.text)}</h3>
          {matter.after_opening ? (
            <Tag tone="stop" icon={Radio}>
              {t("awaiting.afterOpening")}
            </Tag>
          ) : null}
          {matter.late && !matter.after_opening ? (
            <Tag tone="wait" icon={Clock}>
              {t("awaiting.late")}
            </Tag>
          ) : null}
        </div>
        <Statements matter={matter} />
      </div>
      <div className="desk-matter__side">
        <p>
          <b>{hearing.title}</b>
          <span className="small soft">
            {hearing.case_number} · {t(`stage.${hearing.stage}`)}
          </span>
        </p>
        <dl className="small">
          <dt>{t("awaiting.scheduled")}</dt>
          <dd>{hearing.scheduled_at === null ? t("hearing.noTime") : moment(hearing.scheduled_at)}</dd>
          {matter.deadline === null ? null : (
            <>
              <dt>{t("awaiting.deadline")}</dt>
              <dd>{moment(matter.deadline)}</dd>
            </>
          )}
          <dt>{t("awaiting.since")}</dt>
          <dd>{moment(matter.since)}</dd>
        </dl>
        <div>
          <PhaseTag phase={hearing.phase} />
        </div>
        <Link className={matter.may_rule ? "btn btn--primary" : "btn"} href={href} data-testid="to-ruling">
          {t(matter.may_rule ? "awaiting.rule" : "awaiting.look")}
          <ArrowRight size={16} aria-hidden="true" />
        </Link>
      </div>
    </li>
  );
}

/** `/desk/awaiting`: every matter that waits for a judge's ruling, and what came late and is only to be noted. */
export function AwaitingPage() {
  const t = useWords();
  const judge = useHasRole("judge");
  const list = useResource<AwaitingList>("awaiting", AWAITING_POLL_MS);
  const found = list.value;
  return (
    <main id="desk-main" className="desk-page desk-page--narrow" data-testid="awaiting">
      <PageHead title={t("awaiting.title")} below={t(judge ? "awaiting.lead" : "awaiting.leadClerk")} />
      <ErrorNote error={list.error} retry={list.reload} />
      {found === undefined ? (
        list.error === null ? (
          <Loading />
        ) : null
      ) : (
        <>
          {found.matters.length === 0 ? (
            <div className="card">
              <Empty icon={Gavel} title={t("awaiting.none")}>
                <p className="soft">{t("awaiting.noneText")}</p>
              </Empty>
            </div>
          ) : (
            <ol className="desk-matters" aria-label={t("awaiting.title")}>
              {found.matters.map((matter) => (
                <MatterCard key={`${matter.hearing.id}-${matter.ground ?? ""}`} matter={matter} />
              ))}
            </ol>
          )}
          {found.notes.length === 0 ? null : (
            <section className="desk-stack" aria-labelledby="notes-h">
              <div>
                <h2 id="notes-h">{t("awaiting.notes", { count: found.notes.length })}</h2>
                <p className="soft">{t("awaiting.notesLead")}</p>
              </div>
              <ol className="desk-matters">
                {found.notes.map((matter) => (
                  <MatterCard key={`${matter.hearing.id}-${matter.since}`} matter={matter} />
                ))}
              </ol>
            </section>
          )}
        </>
      )}
    </main>
  );
}
