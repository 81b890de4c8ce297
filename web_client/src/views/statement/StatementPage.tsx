import "./statement.css";

import { useEffect, useRef, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { navigate } from "../../router";
import type { JoinInfo, StatementSheet } from "../../protocol";
import { Banner, Button, Loading } from "../../ui";
import { useText } from "../../i18n";
import { EquipmentStep } from "../join/EquipmentStep";
import { JoinFrame } from "../join/JoinFrame";
import { LoadFailed } from "../LoadFailed";
import { Kind } from "../mediation/Kind";
import { DraftLine } from "./DraftLine";
import { problem, statementPath, stepsOf, type Place, type Step } from "./form";
import { OnSiteStep } from "./OnSiteStep";
import { PositionStep } from "./PositionStep";
import { ReviewStep } from "./ReviewStep";
import { StartScreen } from "./StartScreen";
import { TechnicalStep } from "./TechnicalStep";
import { TriedProvider } from "./tried";
import { useStatement, type Statement } from "./useStatement";

/** What every screen of the page is given. */
export interface ScreenProps {
  sheet: StatementSheet;
  info: JoinInfo;
  statement: Statement;
}

/**
 * `/p/{participation}/statement`: a side states its position, its technical conditions and what must be seen in
 * court. Every screen is an address of its own, so that the phone's back button goes one screen back.
 */
export default function StatementPage({ participation, place }: { participation: string; place: Place }) {
  const statement = useStatement(participation);
  return (
    <Kind kind={statement.info?.kind}>
      <Screens participation={participation} place={place} statement={statement} />
    </Kind>
  );
}

interface ScreensProps {
  participation: string;
  place: Place;
  statement: Statement;
}

function Screens({ participation, place, statement }: ScreensProps) {
  const { sheet, info } = statement;
  const [sentAt, setSentAt] = useState<string | null>(null);

  if (!sheet || !info) {
    return statement.loadError ? <LoadFailed error={statement.loadError} onRetry={statement.reload} /> : <Loading />;
  }
  const go = (to: Place) => navigate(statementPath(participation, to));
  if (place === "equipment") {
    return (
      <EquipmentStep
        info={info}
        apart={{ back: () => go("technical") }}
        onDone={() => {
          statement.reload();
          go("technical");
        }}
      />
    );
  }
  const props: ScreenProps = { sheet, info, statement };
  const steps = stepsOf(sheet);
  if (place === "start" || !sheet.state.allowed || !steps.includes(place)) {
    return (
      <JoinFrame court={info.court} info={info}>
        <StartScreen {...props} sentAt={sentAt} />
      </JoinFrame>
    );
  }
  const sent = (answer: StatementSheet) => {
    setSentAt(answer.history[0]?.at ?? new Date().toISOString());
    navigate(statementPath(participation), { replace: true });
    window.scrollTo(0, 0);
  };
  return (
    <JoinFrame court={info.court} info={info}>
      <StepFrame key={place} step={place} {...props}>
        {place === "position" ? <PositionStep {...props} /> : null}
        {place === "technical" ? <TechnicalStep {...props} /> : null}
        {place === "on_site" ? <OnSiteStep {...props} /> : null}
        {place === "review" ? <ReviewStep {...props} onSent={sent} /> : null}
      </StepFrame>
    </JoinFrame>
  );
}

/** Where the reader is, the screen itself, the way on and back, and whether what is typed is kept. */
function StepFrame({ step, sheet, statement, children }: ScreenProps & { step: Step; children: ReactNode }) {
  const { t } = useTranslation();
  const text = useText();
  const [tried, setTried] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const steps = stepsOf(sheet);
  const index = steps.indexOf(step);
  const next = steps[index + 1];
  const participation = sheet.participation;

  useEffect(() => {
    frame.current?.querySelector("h1")?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, []);

  const forward = () => {
    const missing = problem(sheet, statement.form);
    const here = missing === "note" ? "technical" : missing ? "on_site" : null;
    if (here === step) {
      setTried(true);
      requestAnimationFrame(() => frame.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    } else if (next) navigate(statementPath(participation, next));
  };

  return (
    <div className="stack-4" ref={frame} data-testid={`statement-${step}`}>
      <div className="st-progress">
        <p className="soft small">
          {t("statement.progress", { step: index + 1, total: steps.length, name: t(`statement.stepName.${step}`) })}
        </p>
        <div className="st-progress__bar" aria-hidden="true">
          {steps.map((one, number) => (
            <span key={one} data-done={number <= index || undefined} />
          ))}
        </div>
      </div>
      {sheet.state.allowed ? null : <Banner tone="wait">{text(sheet.state.reason)}</Banner>}
      <TriedProvider value={tried}>{children}</TriedProvider>
      {next ? (
        <div className="acts">
          <Button variant="primary" large onPress={forward} testId="statement-next">
            {t("statement.next")}
          </Button>
        </div>
      ) : null}
      <div className="st-foot">
        <Button
          variant="quiet"
          onPress={() => navigate(statementPath(participation, steps[index - 1] ?? "start"))}
          testId="statement-previous"
        >
          {t("statement.previous")}
        </Button>
        <DraftLine statement={statement} />
      </div>
    </div>
  );
}
