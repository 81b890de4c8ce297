import { useTranslation } from "react-i18next";

import { useDates, useText } from "../../i18n";
import { Banner, TextField } from "../../ui";
import { Choices } from "./Choices";
import { choices, LIMITS, orderedStages, othersPositions, ownPosition, shownPosition, type Form, type FormPosition, type Stage, type StatedWord } from "./form";
import type { ScreenProps } from "./StatementPage";
import { choiceLabel, consequencesOf, saidWords, stageName } from "./words";

const UNSET = "unset";

function withPosition(form: Form, stage: Stage, position: FormPosition | null): Form {
  const { [stage]: _before, ...others } = form.positions;
  return { ...form, positions: position ? { ...others, [stage]: position } : others };
}

/** The position for this hearing's stage with what follows from each; other stages behind a disclosure. */
export function PositionStep({ sheet, statement }: ScreenProps) {
  const { t } = useTranslation();
  const text = useText();
  const { form, edit } = statement;
  const { kind, stage } = sheet;
  const now = shownPosition(sheet, form, stage);
  const decisive = consequencesOf(sheet, "objects").length > 1; // whether reasons change what follows
  const reasonsHint = kind === "mediation" ? "reasonsHintMediation" : decisive ? "reasonsHintDecisive" : "reasonsHint";
  const others = orderedStages(sheet).filter((one) => one !== stage);
  const set = (of: Stage, change: Partial<FormPosition> & { position: StatedWord }) =>
    edit(withPosition(form, of, { reasons: shownPosition(sheet, form, of)?.reasons ?? "", ...change }));

  return (
    <>
      <h1 tabIndex={-1}>{t(`statement.position.title.${kind}`, { stage: stageName(t, stage) })}</h1>
      <Before sheet={sheet} stage={stage} />
      <SameSide sheet={sheet} stage={stage} />
      <Choices<StatedWord>
        legend={t(`statement.position.legend.${kind}`)}
        value={now?.position ?? null}
        onChange={(position) => set(stage, { position })}
        testId="position"
        options={choices(sheet).map((value) => ({
          value,
          label: choiceLabel(t, sheet, stage, value),
          below: consequencesOf(sheet, value).map(({ reasons, text: follows }) => (
            <span key={String(reasons)} className="st-follows">
              {t(`statement.position.${reasons === null ? "then" : reasons ? "thenReasoned" : "thenPlain"}`, { what: text(follows) })}
            </span>
          )),
        }))}
      />
      {now?.position === "objects" ? (
        <TextField
          label={t("statement.position.reasons")}
          hint={t(`statement.position.${reasonsHint}`)}
          value={now.reasons}
          onChange={(reasons) => set(stage, { position: "objects", reasons })}
          rows={4}
          maxLength={LIMITS.reasons}
          testId="reasons"
        />
      ) : null}
      {others.length > 0 ? (
        <details className="st-more" data-testid="other-stages" open={others.some((one) => form.positions[one]) || undefined}>
          <summary>{t("statement.position.others")}</summary>
          <div className="stack-4">
            <p className="soft">{t("statement.position.othersHint")}</p>
            {others.map((one) => (
              <OtherStage key={one} sheet={sheet} form={form} stage={one} edit={edit} />
            ))}
          </div>
        </details>
      ) : null}
    </>
  );
}

function Before({ sheet, stage }: Pick<ScreenProps, "sheet"> & { stage: Stage }) {
  const { t } = useTranslation();
  const dates = useDates();
  const own = ownPosition(sheet, stage);
  if (!own || own.position === "silent") return null;
  const what = saidWords(t, sheet, own.position);
  const when = dates.dayAndTime(own.at);
  if (own.how === "link") return <p className="soft">{t("statement.position.before", { when, what })}</p>;
  return (
    <Banner tone="wait">
      {t("statement.position.beforeByCourt", { when, what, how: t(`statement.how.${own.how}`) })}
    </Banner>
  );
}

/** What somebody else has said for the same side: it stands together with what is chosen here. */
function SameSide({ sheet, stage }: Pick<ScreenProps, "sheet"> & { stage: Stage }) {
  const { t } = useTranslation();
  const dates = useDates();
  return othersPositions(sheet, stage)
    .filter((one) => one.position !== "silent")
    .map((one) => (
      <p key={one.speaker} className="soft" data-testid="same-side">
        {t("statement.position.alsoSaid", {
          who: one.speaker,
          what: saidWords(t, sheet, one.position),
          when: dates.dayAndTime(one.at),
        })}
      </p>
    ));
}

interface OtherStageProps extends Pick<ScreenProps, "sheet"> {
  form: Form;
  stage: Stage;
  edit: (form: Form) => void;
}

function OtherStage({ sheet, form, stage, edit }: OtherStageProps) {
  const { t } = useTranslation();
  const now = shownPosition(sheet, form, stage);
  const settled = ownPosition(sheet, stage) !== null;
  const options = choices(sheet).map((value) => ({ value, label: choiceLabel(t, sheet, stage, value) }));
  return (
    <div className="stack">
      <Choices<StatedWord | typeof UNSET>
        legend={t("statement.position.othersLegend", { stage: stageName(t, stage) })}
        value={now?.position ?? UNSET}
        onChange={(value) =>
          edit(withPosition(form, stage, value === UNSET ? null : { position: value, reasons: now?.reasons ?? "" }))
        }
        options={settled ? options : [...options, { value: UNSET, label: t("statement.position.unset") }]}
        testId={`position-${stage}`}
        compact
      />
      {now?.position === "objects" ? (
        <TextField
          label={t("statement.position.reasons")}
          value={now.reasons}
          onChange={(reasons) => edit(withPosition(form, stage, { position: "objects", reasons }))}
          rows={2}
          maxLength={LIMITS.reasons}
          testId={`reasons-${stage}`}
        />
      ) : null}
    </div>
  );
}
