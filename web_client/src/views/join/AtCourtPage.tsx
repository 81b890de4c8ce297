import { CalendarClock, Landmark, MapPin, Phone, ScrollText, UserCheck, Wallet } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useDates, useLanguage, useText } from "../../i18n";
import type { JoinInfo } from "../../protocol";
import { StatementOffer } from "../statement/StatementCard";
import { basisOf } from "./basis";
import { JoinFrame } from "./JoinFrame";

/** Who else than a party comes to court brings other papers. */
const BRING: Partial<Record<JoinInfo["role"], string>> = {
  counsel: "counsel",
  defender: "counsel",
  witness: "witness",
  expert: "witness",
};

/** The link of somebody who attends in person: where, when, with what, why, and whom to call. It leads no further. */
export function AtCourtPage({ info }: { info: JoinInfo }) {
  const { t } = useTranslation();
  const text = useText();
  const dates = useDates();
  const language = useLanguage();
  const why = info.at_court;
  const bring = t(`atCourt.bring.${BRING[info.role] ?? "party"}`, { returnObjects: true }) as unknown as string[];
  const hotline = info.hotline || "12368";
  return (
    <JoinFrame court={info.court} info={info}>
      <div className="stack-4 at-court-page" data-testid="at-court-page">
        <Landmark size={44} aria-hidden="true" className="terminal-icon" />
        <div className="stack" role="status">
          <h1>{t("atCourt.pageTitle")}</h1>
          <p className="lead">{t("atCourt.pageLead")}</p>
        </div>
        {why?.present ? (
          <p className="banner banner--ok" data-testid="noted-present">
            <UserCheck size={22} aria-hidden="true" />
            {t("atCourt.pagePresent")}
          </p>
        ) : null}
        <dl className="come">
          <div>
            <dt>
              <MapPin size={22} aria-hidden="true" />
              {t("atCourt.where")}
            </dt>
            <dd>
              <b>{text(info.court)}</b>
              <span className="soft">{text(info.courtroom)}</span>
            </dd>
          </div>
          <div>
            <dt>
              <CalendarClock size={22} aria-hidden="true" />
              {t("atCourt.when")}
            </dt>
            <dd>
              <b>{info.scheduled_at ? dates.dayAndTime(info.scheduled_at) : t("notYet.noTime")}</b>
              <span className="soft">{t("atCourt.early")}</span>
            </dd>
          </div>
          <div>
            <dt>
              <Wallet size={22} aria-hidden="true" />
              {t("atCourt.bringTitle")}
            </dt>
            <dd>
              <ul className="come__list">
                {bring.map((thing) => (
                  <li key={thing}>{thing}</li>
                ))}
              </ul>
            </dd>
          </div>
          {why?.reason ? (
            <div>
              <dt>
                <ScrollText size={22} aria-hidden="true" />
                {t("atCourt.why")}
              </dt>
              <dd>
                {text(why.reason)}
                {why.citation ? <span className="soft small">{t("atCourt.basis", { citation: basisOf(why.citation, language) })}</span> : null}
              </dd>
            </div>
          ) : null}
        </dl>
        <div className="acts">
          <a className="btn btn--primary btn--large" href={`tel:${hotline}`} data-testid="call-court">
            <Phone size={22} aria-hidden="true" />
            {t("atCourt.call", { hotline })}
          </a>
        </div>
        <p className="soft">{t("atCourt.cannotCome")}</p>
        <StatementOffer info={info} />
      </div>
    </JoinFrame>
  );
}
