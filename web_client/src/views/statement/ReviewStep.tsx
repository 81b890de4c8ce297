import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { NewStatement, StatementSheet } from "../../protocol";
import { Link } from "../../router";
import { Banner, Button, ErrorBanner } from "../../ui";
import { isEmpty, problem, statementOf, statementPath, type Step } from "./form";
import type { ScreenProps } from "./StatementPage";
import { choiceLabel, stageName } from "./words";

interface Line {
  key: string;
  words: string;
  below?: string;
  step: Step;
}

/** Everything that sending would state, in plain words, each with the way back to where it is changed. */
export function ReviewStep({ sheet, statement, onSent }: ScreenProps & { onSent: (answer: StatementSheet) => void }) {
  const { t } = useTranslation();
  const [error, setError] = useState<unknown>(null);
  const [working, setWorking] = useState(false);
  const stating = statementOf(sheet, statement.form);
  const empty = isEmpty(stating);
  const incomplete = problem(sheet, statement.form) !== null;
  const lines = useLines(sheet, stating);

  const send = async () => {
    setWorking(true);
    setError(null);
    try {
      onSent(await statement.send());
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };
  return (
    <>
      <div className="stack">
        <h1 tabIndex={-1}>{t("statement.review.title")}</h1>
        <p className="soft">{t("statement.review.lead")}</p>
      </div>
      <section className="stack" aria-labelledby="st-review">
        <h2 id="st-review">{t("statement.review.new")}</h2>
        {empty ? <p className="soft">{t("statement.review.nothing")}</p> : null}
        <ul className="st-review" data-testid="review">
          {lines.map(({ key, words, below, step }) => (
            <li key={key}>
              <div className="grow stack">
                <b>{words}</b>
                {below ? <p className="soft st-quote">{below}</p> : null}
              </div>
              <Link href={statementPath(sheet.participation, step)} aria-label={t("statement.review.changeWhat", { what: words })}>
                {t("statement.review.change")}
              </Link>
            </li>
          ))}
        </ul>
      </section>
      {sheet.deadline?.passed ? <Banner tone="wait">{t("statement.review.late")}</Banner> : null}
      <ErrorBanner error={error} />
      <div className="acts">
        <Button
          variant="primary"
          large
          working={working}
          onPress={() => void send()}
          reason={empty ? t("statement.review.nothingToSend") : incomplete ? t("statement.review.incomplete") : null}
          testId="statement-send"
        >
          {t("statement.review.send")}
        </Button>
      </div>
    </>
  );
}

function useLines(sheet: StatementSheet, stating: NewStatement): Line[] {
  const { t } = useTranslation();
  const lines: Line[] = stating.positions.map(({ stage, position, reasons }) => {
    const words = t("statement.review.position", { stage: stageName(t, stage), what: choiceLabel(t, sheet, stage, position) });
    if (position !== "objects") return { key: stage, words, step: "position" };
    const below = reasons ? t("statement.review.reasons", { reasons }) : t("statement.review.noReasons");
    return { key: stage, words, below, step: "position" };
  });
  if (stating.capability === "able") lines.push({ key: "capability", words: t("statement.review.able"), step: "technical" });
  if (stating.capability === "unable") {
    lines.push({ key: "capability", words: t("statement.review.unable", { note: stating.capability_note }), step: "technical" });
  }
  for (const { need, needed, what } of stating.needs) {
    const name = t(`statement.onSite.need.${need}`);
    const words = needed ? t("statement.review.need", { need: name, what }) : t("statement.review.noNeed", { need: name });
    lines.push({ key: need, words, step: "on_site" });
  }
  return lines;
}
