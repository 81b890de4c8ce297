import { CalendarClock, CalendarPlus, CircleCheck, CircleDashed, CircleX, Gavel, Hourglass, Monitor } from "lucide-react";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";

import { useDates, useText } from "../../i18n";
import type { StandingPosition, StatementLine, StatementSheet } from "../../protocol";
import { Link } from "../../router";
import { Banner, Button, Tag } from "../../ui";
import { hasSpoken, isBlank, orderedStages, statementPath } from "./form";
import { basisOf } from "../join/basis";
import { DraftLine } from "./DraftLine";
import type { ScreenProps } from "./StatementPage";
import { leftWords, saidWords, stageName } from "./words";
import { navigate } from "../../router";
import { calendarAddress } from "./wire";

/** The first screen and, once something is said, the receipt: what this is about, what stands, what was said. */
export function StartScreen({ sheet, info, statement, sentAt }: ScreenProps & { sentAt: string | null }) {
  const { t, i18n } = useTranslation();
  const text = useText();
  const heading = useRef<HTMLHeadingElement>(null);
  const said = sheet.history.length > 0;
  const draft = !isBlank(statement.form);
  useEffect(() => {
    if (sentAt !== null) heading.current?.focus({ preventScroll: true });
  }, [sentAt]);
  const verb = draft ? "continueDraft" : said ? "again" : "begin";
  return (
    <div className="stack-4" data-testid="statement" data-spoken={hasSpoken(sheet)}>
      <h1 tabIndex={-1} ref={heading}>
        {said ? t("statement.titleSaid") : t(`statement.title.${sheet.kind}`)}
      </h1>
      {sentAt !== null ? <Receipt sheet={sheet} at={sentAt} /> : null}
      <About sheet={sheet} info={info} />
      {said ? <Standing sheet={sheet} /> : <Meaning sheet={sheet} />}
      {said || sheet.matters.length > 0 ? <Follows sheet={sheet} /> : null}
      {sheet.deadline ? <DeadlineBox sheet={sheet} deadline={sheet.deadline} /> : null}
      {sheet.state.allowed ? (
        <div className="acts">
          <Button
            variant={sentAt === null || draft ? "primary" : "plain"}
            large
            onPress={() => navigate(statementPath(sheet.participation, "position"))}
            testId="statement-begin"
          >
            {t(`statement.about.${verb}`)}
          </Button>
        </div>
      ) : (
        <Banner tone="wait" citation={sheet.state.citation ? basisOf(sheet.state.citation, i18n.language === "en" ? "en" : "zh") : null}>
          <b>{t("statement.closed")}</b>
          {sheet.state.reason ? <p>{text(sheet.state.reason)}</p> : null}
        </Banner>
      )}
      {draft || statement.discarded ? <DraftLine statement={statement} /> : null}
      {sentAt !== null ? (
        <div className="acts">
          <Link className="btn btn--primary btn--large" href={`/p/${sheet.participation}`} data-testid="back-to-hearing">
            {t(`statement.about.back.${sheet.kind}`)}
          </Link>
        </div>
      ) : (
        <p>
          <Link href={`/p/${sheet.participation}`} data-testid="back-to-hearing">
            {t(`statement.about.back.${sheet.kind}`)}
          </Link>
        </p>
      )}
      {said ? <History sheet={sheet} /> : null}
    </div>
  );
}

function About({ sheet, info }: Pick<ScreenProps, "sheet" | "info">) {
  const { t } = useTranslation();
  return (
    <dl className="facts facts--wide">
      <div>
        <dt>{t("statement.about.case")}</dt>
        <dd>
          {info.case_number} {info.cause}
        </dd>
      </div>
      <div>
        <dt>{t("statement.about.for")}</dt>
        <dd>{sheet.own_party ? t("statement.about.forSelf") : sheet.speaks_for}</dd>
      </div>
      <div>
        <dt>{t("statement.about.stage")}</dt>
        <dd>{stageName(t, sheet.stage)}</dd>
      </div>
    </dl>
  );
}

function Meaning({ sheet }: Pick<ScreenProps, "sheet">) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <p>{t(`statement.about.agree.${sheet.kind}`)}</p>
      <p>{t(`statement.about.object.${sheet.kind}`)}</p>
      <p className="soft">{t("statement.about.change")}</p>
    </div>
  );
}

function DeadlineBox({ sheet, deadline }: { sheet: StatementSheet; deadline: NonNullable<StatementSheet["deadline"]> }) {
  const { t } = useTranslation();
  const text = useText();
  const dates = useDates();
  const left = leftWords(t, deadline.due_at, new Date());
  const over = deadline.passed || left === "";
  const silent = !hasSpoken(sheet);
  return (
    <section className="st-deadline" data-over={over} data-owed={silent} data-testid="deadline" aria-labelledby="st-deadline">
      <CalendarClock size={24} aria-hidden="true" />
      <div className="stack">
        <h2 id="st-deadline">{t("statement.deadline.title")}</h2>
        <p>
          <b>
            <time dateTime={deadline.due_at}>{dates.dayAndTime(deadline.due_at)}</time>
          </b>{" "}
          {over ? t("statement.deadline.over") : t("statement.deadline.left", { left })}
        </p>
        {silent ? (
          <p data-testid="if-silent">
            {t(over ? "statement.deadline.silentOver" : "statement.deadline.silent", { what: text(deadline.if_silent) })}
          </p>
        ) : null}
        {over ? (
          <p className="soft">{t("statement.deadline.overHow")}</p>
        ) : (
          <p>
            <a className="btn" href={calendarAddress(sheet.participation)} download data-testid="calendar">
              <CalendarPlus size={18} aria-hidden="true" />
              {t("statement.deadline.calendar")}
            </a>
          </p>
        )}
      </div>
    </section>
  );
}

function Receipt({ sheet, at }: { sheet: StatementSheet; at: string }) {
  const { t } = useTranslation();
  const dates = useDates();
  const deadline = sheet.deadline;
  const change =
    deadline === null
      ? t("statement.receipt.change")
      : deadline.passed
        ? t("statement.receipt.changeLate")
        : t("statement.receipt.until", { when: dates.dayAndTime(deadline.due_at) });
  return (
    <Banner tone="ok" role="status" testId="receipt">
      <b>{t("statement.receipt.title")}</b>
      <p>{t("statement.receipt.at", { when: dates.dayAndTime(at) })}</p>
      <p>{change}</p>
    </Banner>
  );
}

const SHAPE = {
  consents: CircleCheck,
  chose_online: Monitor,
  objects: CircleX,
  retracts: CircleX,
  silent: CircleDashed,
} as const;

function Standing({ sheet }: Pick<ScreenProps, "sheet">) {
  const { t } = useTranslation();
  const stages = orderedStages(sheet).filter(
    (stage) => stage === sheet.stage || sheet.positions.some((one) => one.stage === stage && one.position !== "silent"),
  );
  return (
    <section className="st-standing" aria-labelledby="st-standing" data-testid="standing">
      <h2 id="st-standing">{t("statement.standing.title")}</h2>
      <dl>
        {stages.map((stage) => {
          const given = sheet.positions.filter((one) => one.stage === stage && one.position !== "silent");
          return (
            <div key={stage} data-testid={`standing-${stage}`}>
              <dt>{stageName(t, stage)}</dt>
              <dd className="stack">
                {given.map((one) => (
                  <Given key={`${one.speaker}-${one.own}`} sheet={sheet} one={one} />
                ))}
                {given.length === 0 ? (
                  <span className="stack">
                    <span className="row">
                      <CircleDashed size={20} aria-hidden="true" />
                      {t("statement.standing.silent")}
                    </span>
                    <span className="soft small">{t("statement.standing.silentHow")}</span>
                  </span>
                ) : null}
              </dd>
            </div>
          );
        })}
        <div>
          <dt>{t("statement.standing.technical")}</dt>
          <dd>{t(`statement.standing.capability.${sheet.capability}`)}</dd>
        </div>
        {sheet.needs.map((need) => (
          <div key={need.need}>
            <dt>{t("statement.standing.need", { need: t(`statement.onSite.need.${need.need}`) })}</dt>
            <dd>{need.what}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const RULED = { awaiting: Hourglass, held: Gavel, not_held: Gavel } as const;

/** What became of it: what awaits the judge, what was ruled and why, and what follows as things stand. */
function Follows({ sheet }: Pick<ScreenProps, "sheet">) {
  const { t } = useTranslation();
  const text = useText();
  const dates = useDates();
  if (sheet.now === null && sheet.matters.length === 0) return null;
  return (
    <section className="st-standing" aria-labelledby="st-follows" data-testid="follows">
      <h2 id="st-follows">{t("statement.follows.title")}</h2>
      <dl>
        {sheet.now ? (
          <div data-testid="follows-now">
            <dt>{t("statement.follows.now")}</dt>
            <dd>{text(sheet.now)}</dd>
          </div>
        ) : null}
        {sheet.matters.map((one) => {
          const Icon = RULED[one.state];
          return (
            <div key={one.ground} data-testid={`matter-${one.ground}`} data-state={one.state}>
              <dt>{text(one.text)}</dt>
              <dd className="stack">
                <span className="row wrap">
                  <Icon size={20} aria-hidden="true" />
                  {t(`statement.follows.${one.state}`)}
                </span>
                {one.reasons ? <span className="st-quote soft">{one.reasons}</span> : null}
                {one.at ? (
                  <span className="soft small">
                    {one.by} · {dates.dayAndTime(one.at)} · <span className="cite">{one.article}</span>
                  </span>
                ) : null}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}

function Given({ sheet, one }: { sheet: StatementSheet; one: StandingPosition }) {
  const { t } = useTranslation();
  const dates = useDates();
  const Icon = SHAPE[one.position];
  const by = {
    who: one.own ? t("statement.standing.own") : one.speaker,
    how: t(`statement.how.${one.how}`),
    when: dates.dayAndTime(one.at),
  };
  return (
    <span className="stack" data-position={one.position}>
      <span className="row wrap">
        <Icon size={20} aria-hidden="true" />
        {saidWords(t, sheet, one.position)}
        {one.late ? <Tag tone="wait">{t("statement.late")}</Tag> : null}
      </span>
      {one.reasons ? <span className="st-quote soft">{one.reasons}</span> : null}
      <span className="soft small">{t("statement.standing.by", by)}</span>
    </span>
  );
}

function History({ sheet }: Pick<ScreenProps, "sheet">) {
  const { t } = useTranslation();
  return (
    <section className="stack" aria-labelledby="st-history">
      <h2 id="st-history">{t("statement.history.title")}</h2>
      <p className="soft small">{t("statement.history.lead")}</p>
      <ol className="st-history" data-testid="history">
        {sheet.history.map((line) => (
          <HistoryLine key={line.id} sheet={sheet} line={line} />
        ))}
      </ol>
    </section>
  );
}

function HistoryLine({ sheet, line }: { sheet: StatementSheet; line: StatementLine }) {
  const { t } = useTranslation();
  const text = useText();
  const dates = useDates();
  const how = t(`statement.how.${line.how}`);
  return (
    <li data-superseded={line.superseded} data-how={line.how}>
      <p>{text(line.text)}</p>
      <p className="soft small">{t("statement.standing.by", { who: line.speaker, how, when: dates.dayAndTime(line.at) })}</p>
      <p className="row wrap">
        {line.late ? <Tag tone="wait">{t("statement.late")}</Tag> : null}
        {line.contestable ? <Tag>{t("statement.history.byCourt", { how })}</Tag> : null}
        {line.superseded ? <Tag>{t("statement.history.superseded")}</Tag> : null}
      </p>
      {line.contestable && !line.superseded && sheet.state.allowed ? (
        <>
          <p className="soft small">{t("statement.history.wrongHow")}</p>
          <p>
            <Link className="btn" href={statementPath(sheet.participation, "position")} data-testid={`wrong-${line.id}`}>
              {t("statement.history.wrong")}
            </Link>
          </p>
        </>
      ) : null}
    </li>
  );
}
