import "./join.css";

import { Check, Phone } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { useDates, useText, type BiText } from "../../i18n";
import type { JoinInfo } from "../../protocol";
import { AppHead, Emblem } from "../../ui";
import { useRoleLabel } from "../labels";

export type JoinStep = 1 | 2 | 3 | 4;

const STEPS: readonly JoinStep[] = [1, 2, 3, 4];

interface JoinFrameProps {
  /** Without a step (court staff, terminal pages) no progress is shown. */
  step?: JoinStep;
  court: BiText | null;
  info?: JoinInfo | undefined;
  hotline?: string | undefined;
  children: ReactNode;
}

/** The frame of all pages on the way into the room: one task at a time, the facts of the hearing beside it. */
export function JoinFrame({ step, court, info, hotline = info?.hotline, children }: JoinFrameProps) {
  const { t } = useTranslation();
  const text = useText();
  const number = hotline || "12368";
  return (
    <div className="page join">
      <AppHead court={text(court)}>
        <a className="btn btn--quiet" href={`tel:${number}`}>
          <Phone size={20} aria-hidden="true" />
          {t("head.help", { hotline: number })}
        </a>
      </AppHead>
      <main className="join__main">
        {step ? <Progress step={step} /> : null}
        <div className="join__cols">
          <section className="card join__card">{children}</section>
          {info ? <Facts info={info} /> : null}
        </div>
      </main>
    </div>
  );
}

function Progress({ step }: { step: JoinStep }) {
  const { t } = useTranslation();
  return (
    <div>
      <ol className="progress">
        {STEPS.map((number) => {
          const state = number < step ? "done" : number === step ? "now" : "next";
          return (
            <li key={number} className={`progress__item progress__item--${state}`} aria-current={number === step ? "step" : undefined}>
              <span className="progress__mark" aria-hidden="true">
                {number < step ? <Check size={16} strokeWidth={3} /> : number}
              </span>
              <span className="progress__name">{t(`join.step.${number}`)}</span>
            </li>
          );
        })}
      </ol>
      <p className="progress__now">{t("join.stepOf", { step, name: t(`join.step.${step}`) })}</p>
    </div>
  );
}

function Facts({ info }: { info: JoinInfo }) {
  const { t } = useTranslation();
  const text = useText();
  const dates = useDates();
  const role = useRoleLabel();
  return (
    <aside className="card join__side" aria-label={t("join.about")}>
      <div className="row">
        <Emblem size={40} />
        <b>{text(info.court)}</b>
      </div>
      <dl className="facts">
        <div>
          <dt>{t("join.caseNumber")}</dt>
          <dd>{info.case_number}</dd>
        </div>
        <div>
          <dt>{t("join.cause")}</dt>
          <dd>{info.cause}</dd>
        </div>
        {info.scheduled_at ? (
          <div>
            <dt>{t("join.opens")}</dt>
            <dd>{dates.dayAndTime(info.scheduled_at)}</dd>
          </div>
        ) : null}
        <div>
          <dt>{t("join.where")}</dt>
          <dd>{text(info.courtroom)}</dd>
        </div>
        {info.role === "courtroom" ? null : (
          <div>
            <dt>{t("join.you")}</dt>
            <dd>{t("join.nameAndRole", { name: info.name, role: role(info.role, info.side) })}</dd>
          </div>
        )}
      </dl>
      <p className="soft small">{t("join.problem", { hotline: info.hotline || "12368" })}</p>
    </aside>
  );
}
