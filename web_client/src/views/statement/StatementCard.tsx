import "./statement.css";

import { CircleCheck, CircleDashed, CircleX, MessageSquareText } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { useDates, useText } from "../../i18n";
import type { JoinInfo, Role, StatementSheet } from "../../protocol";
import { navigate } from "../../router";
import { Button } from "../../ui";
import { hasSpoken, statementPath } from "./form";
import { leftWords, saidWords } from "./words";
import { getStatement } from "./wire";

/** Who speaks for a side. */
const SPEAKERS: ReadonlySet<Role> = new Set<Role>(["party", "counsel", "legal_representative", "defender", "prosecutor"]);

export const speaksForSide = (role: Role): boolean => SPEAKERS.has(role);

/**
 * The sheet of somebody who speaks for a side; null for everybody else and while it is not known. Where it cannot be
 * read the way into the room goes on without it: the page of the statement itself says why.
 */
export function useSheet(info: JoinInfo | null): { sheet: StatementSheet | null; settled: boolean } {
  const [state, setState] = useState<{ of: string; sheet: StatementSheet | null } | null>(null);
  const of = info && speaksForSide(info.role) ? info.participation : null;
  useEffect(() => {
    if (of === null) return;
    let current = true;
    getStatement(of).then(
      (sheet) => current && setState({ of, sheet }),
      () => current && setState({ of, sheet: null }),
    );
    return () => {
      current = false;
    };
  }, [of, info]); // read again with the page's own asking again: a deadline may have been set meanwhile
  if (of === null) return { sheet: null, settled: true };
  return state?.of === of ? { sheet: state.sheet, settled: true } : { sheet: null, settled: false };
}

/** There is a time to answer by, it is not over, and nothing is said. */
export function isUrgent(sheet: StatementSheet | null): sheet is StatementSheet {
  if (!sheet?.deadline || !sheet.state.allowed) return false;
  return !sheet.deadline.passed && Date.parse(sheet.deadline.due_at) > Date.now() && !hasSpoken(sheet);
}

/** The card for whoever speaks for a side, on a page that leads no further into the room; nothing for anybody else. */
export function StatementOffer({ info }: { info: JoinInfo }) {
  const { sheet } = useSheet(info);
  return sheet ? <StatementCard sheet={sheet} /> : null;
}

interface CardProps {
  sheet: StatementSheet;
  /** Where it is the screen's one main action. */
  primary?: boolean;
  onLater?: (() => void) | undefined;
}

/** "Do you agree to a hearing online?": what stands, and the way to say or change it. Never in the way. */
export function StatementCard({ sheet, primary = false, onLater }: CardProps) {
  const { t } = useTranslation();
  const dates = useDates();
  const text = useText();
  const spoken = hasSpoken(sheet);
  const left = sheet.deadline && !sheet.deadline.passed ? leftWords(t, sheet.deadline.due_at, new Date()) : "";
  const verb = sheet.draft ? "continue" : spoken ? "look" : "answer";
  const Title = onLater ? "h1" : "h2";
  return (
    <section className="st-card" data-testid="statement-card" data-spoken={spoken} data-urgent={isUrgent(sheet)}>
      <div className="row st-card__title">
        <MessageSquareText size={24} aria-hidden="true" />
        <Title>{t(`statement.card.${sheet.kind}`)}</Title>
      </div>
      <Stands sheet={sheet} />
      {spoken && sheet.now ? (
        <p>
          {t("statement.follows.now")}
          {t("statement.follows.colon")}
          <b>{text(sheet.now)}</b>
        </p>
      ) : null}
      {sheet.draft ? <p>{t("statement.card.draft")}</p> : null}
      {!spoken && sheet.deadline && left ? (
        <p>
          <b>{t("statement.card.until", { when: dates.dayAndTime(sheet.deadline.due_at), left })}</b>
        </p>
      ) : null}
      {onLater ? <p className="soft">{t("statement.card.neverBlocks")}</p> : null}
      <div className="acts">
        <Button
          variant={primary ? "primary" : "plain"}
          large={primary}
          onPress={() => navigate(statementPath(sheet.participation))}
          testId="to-statement"
        >
          {t(`statement.card.${verb}`)}
        </Button>
        {onLater ? (
          <Button large variant="quiet" onPress={onLater} testId="statement-later">
            {t("statement.card.later")}
          </Button>
        ) : null}
      </div>
    </section>
  );
}

function Stands({ sheet }: { sheet: StatementSheet }) {
  const { t } = useTranslation();
  const dates = useDates();
  const given = sheet.positions.filter((one) => one.stage === sheet.stage && one.position !== "silent");
  if (given.length === 0) {
    return (
      <p className="row">
        <CircleDashed size={20} aria-hidden="true" />
        {t("statement.card.silent")}
      </p>
    );
  }
  return (
    <ul className="stack">
      {given.map((one) => {
        const Icon = one.position === "objects" || one.position === "retracts" ? CircleX : CircleCheck;
        const who = one.own ? t("statement.standing.own") : one.speaker;
        return (
          <li key={`${one.speaker}-${one.own}`} className="row" data-position={one.position}>
            <Icon size={20} aria-hidden="true" />
            <span>
              {t("statement.card.stands", { who, what: saidWords(t, sheet, one.position), when: dates.dayAndTime(one.at) })}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
