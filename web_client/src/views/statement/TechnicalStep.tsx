import { CircleCheck, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";

import { useDates } from "../../i18n";
import type { EquipmentEvidence } from "../../protocol";
import { Link } from "../../router";
import { Tag, TextField } from "../../ui";
import { Choices } from "./Choices";
import { LIMITS, shownCapability, statementPath, type Capability } from "./form";
import type { ScreenProps } from "./StatementPage";
import { useTried } from "./tried";

const PARTS = ["camera", "microphone", "speaker", "network"] as const;

/** Whether this side can take part online, with the equipment tests that are kept as evidence (OLR 21(2), 24). */
export function TechnicalStep({ sheet, statement }: ScreenProps) {
  const { t } = useTranslation();
  const { form, edit } = statement;
  const tried = useTried();
  const capability = shownCapability(sheet, form);
  const missing = form.capability === "unable" && sheet.capability !== "unable" && form.note.trim() === "";
  return (
    <>
      <div className="stack">
        <h1 tabIndex={-1}>{t("statement.technical.title")}</h1>
        <p className="soft">{t("statement.technical.lead")}</p>
      </div>
      <Choices<Capability>
        legend={t("statement.technical.legend")}
        value={capability}
        onChange={(value) => edit({ ...form, capability: value })}
        options={(["able", "unable"] as const).map((value) => ({
          value,
          label: t(`statement.technical.${value}`),
          below: t(`statement.technical.${value}How.${sheet.kind}`),
        }))}
        testId="capability"
      />
      {capability === "unable" ? (
        <TextField
          label={t("statement.technical.missing")}
          hint={t("statement.technical.missingHint")}
          error={tried && missing ? t("statement.technical.missingNeeded") : null}
          value={form.note}
          onChange={(note) => edit({ ...form, capability: "unable", note })}
          rows={3}
          maxLength={LIMITS.note}
          testId="capability-note"
        />
      ) : null}
      <Tests sheet={sheet} />
    </>
  );
}

function Tests({ sheet }: Pick<ScreenProps, "sheet">) {
  const { t } = useTranslation();
  const [latest, ...earlier] = [...sheet.equipment].sort((one, other) => Date.parse(other.at) - Date.parse(one.at));
  return (
    <section className="st-evidence stack" aria-labelledby="st-tests">
      <h2 id="st-tests">{t("statement.technical.tests")}</h2>
      {latest ? (
        <>
          <p className="soft small">{t("statement.technical.testsHint")}</p>
          <Evidence test={latest} />
        </>
      ) : (
        <p className="soft">{t("statement.technical.noTest")}</p>
      )}
      {earlier.length > 0 ? (
        <details className="st-more">
          <summary>{t("statement.technical.earlier", { count: earlier.length })}</summary>
          <div className="stack-4">
            {earlier.map((test) => (
              <Evidence key={test.at} test={test} />
            ))}
          </div>
        </details>
      ) : null}
      <p>
        <Link className="btn" href={statementPath(sheet.participation, "equipment")} data-testid="to-equipment">
          {t(latest ? "statement.technical.doTestAgain" : "statement.technical.doTest")}
        </Link>
      </p>
    </section>
  );
}

function Evidence({ test }: { test: EquipmentEvidence }) {
  const { t } = useTranslation();
  const dates = useDates();
  const passed = test.result === "passed";
  return (
    <div className="stack" data-testid="evidence">
      <p className="row wrap">
        <Tag tone={passed ? "ok" : "wait"} icon={passed ? CircleCheck : TriangleAlert}>
          {t(`statement.technical.result.${test.result}`)}
        </Tag>
        <span className="soft small">{t("statement.technical.who", { who: test.who, when: dates.dayAndTime(test.at) })}</span>
      </p>
      <dl className="st-parts">
        {PARTS.map((part) => (
          <div key={part}>
            <dt>{t(`statement.technical.${part}`)}</dt>
            <dd>{t(`statement.technical.state.${test[part]}`, { defaultValue: test[part] })}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
