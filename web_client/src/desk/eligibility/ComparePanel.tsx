import { GitCompareArrows, Plus, Trash2 } from "lucide-react";
import { useState, type RefObject } from "react";

import { post } from "../../core/api";
import { Button, TextField } from "../../ui";
import { ErrorNote, SelectField } from "../parts";
import { useAction } from "../resource";
import type { AskedColumn, EligibilityComparison, EligibilityHistory } from "../wire";
import { useReader, useWords } from "../words";
import { bodyOf, countOf, faultOf, FEWEST, MOST, type Asked } from "./comparison";
import { ComparisonTable } from "./ComparisonTable";
import { determinations } from "./timeline";

const NOW = "now";

interface ColumnProps {
  column: AskedColumn;
  number: number;
  history: EligibilityHistory;
  onChange: (column: AskedColumn) => void;
  onRemove: (() => void) | null;
}

function ColumnFields({ column, number, history, onChange, onRemove }: ColumnProps) {
  const t = useWords();
  const { text } = useReader();
  const fault = faultOf(column, history.rulesets);
  const ruleset = history.rulesets.find((one) => one.name === column.ruleset);
  return (
    <fieldset className="desk-asked" data-testid="asked-column">
      <legend className="field__label">{t("compare.column", { number })}</legend>
      <SelectField
        label={t("compare.ruleset")}
        value={column.ruleset}
        options={history.rulesets.map((one) => ({ value: one.name, label: text(one.title) }))}
        onChange={(name) => onChange({ ...column, ruleset: name })}
        testId={`asked-ruleset-${number}`}
      />
      <TextField
        label={t("compare.on")}
        type="date"
        value={column.on}
        onChange={(on) => onChange({ ...column, on })}
        error={fault === null ? null : t(`compare.fault.${fault}`, { since: ruleset?.since ?? "" })}
        testId={`asked-on-${number}`}
      />
      {onRemove ? (
        <Button variant="quiet" onPress={onRemove} label={t("compare.remove", { number })} testId={`remove-column-${number}`}>
          <Trash2 size={16} aria-hidden="true" />
        </Button>
      ) : null}
    </fieldset>
  );
}

interface Props {
  hearing: string;
  history: EligibilityHistory;
  asked: Asked;
  onAsk: (asked: Asked) => void;
  heading: RefObject<HTMLHeadingElement | null>;
}

/** The same facts under other rules or on another day, side by side. It changes nothing. */
export function ComparePanel({ hearing, history, asked, onAsk, heading }: Props) {
  const t = useWords();
  const { moment } = useReader();
  const [result, setResult] = useState<{ asked: Asked; found: EligibilityComparison } | null>(null);
  const run = useAction(async () => {
    const found = await post<EligibilityComparison>(`hearings/${hearing}/eligibility/compare`, bodyOf(asked));
    setResult({ asked, found });
  });
  const change = (next: Asked) => {
    run.clear();
    onAsk(next);
  };
  const withColumns = (columns: AskedColumn[]) => change({ ...asked, columns });
  const fewest = asked.determination === null ? FEWEST : FEWEST - 1;
  const wrong = asked.columns.some((column) => faultOf(column, history.rulesets) !== null);
  const facts = determinations(history.entries).map((entry) => ({
    value: entry.determination?.id ?? "",
    label: t("compare.factsOf", {
      at: moment(entry.at),
      outcome: t(`timeline.outcome.${entry.determination?.outcome ?? "allow"}`),
    }),
  }));
  const choose = (value: string) => {
    const [first = { ruleset: history.ruleset, on: history.today }, ...more] = asked.columns;
    if (value !== NOW) change({ determination: value, columns: [first, ...more].slice(0, MOST - 1) });
    else change({ determination: null, columns: more.length > 0 ? [first, ...more] : [first, { ...first }] });
  };
  return (
    <section className="card desk-compare" aria-labelledby="compare-h" data-testid="compare">
      <div className="card__head desk-card-line">
        <h2 id="compare-h" ref={heading} tabIndex={-1}>
          {t("compare.title")}
        </h2>
        <span className="small soft">{t("compare.lead")}</span>
      </div>
      <div className="card__body desk-stack">
        <div className="desk-asking desk-noprint">
          <SelectField
            label={t("compare.facts")}
            value={asked.determination ?? NOW}
            options={[{ value: NOW, label: t("compare.factsNow") }, ...facts]}
            onChange={choose}
            hint={asked.determination === null ? undefined : t("compare.storedFirst")}
            testId="asked-facts"
          />
          <div className="desk-asked-columns">
            {asked.columns.map((column, index) => (
              <ColumnFields
                key={index}
                column={column}
                number={index + (asked.determination === null ? 1 : 2)}
                history={history}
                onChange={(next) => withColumns(asked.columns.map((one, place) => (place === index ? next : one)))}
                onRemove={
                  asked.columns.length > fewest
                    ? () => withColumns(asked.columns.filter((_, place) => place !== index))
                    : null
                }
              />
            ))}
          </div>
          <div className="row wrap">
            <Button
              variant="primary"
              working={run.working}
              onPress={() => void run.run()}
              reason={wrong ? t("compare.correctFirst") : null}
              testId="compare-run"
            >
              {run.working ? null : <GitCompareArrows size={16} aria-hidden="true" />}
              {t("compare.run")}
            </Button>
            <Button
              onPress={() => withColumns([...asked.columns, { ruleset: history.ruleset, on: history.today }])}
              reason={countOf(asked) >= MOST ? t("compare.most", { count: MOST }) : null}
              testId="add-column"
            >
              <Plus size={16} aria-hidden="true" />
              {t("compare.add")}
            </Button>
          </div>
          <ErrorNote error={run.error} />
        </div>
        {result === null ? null : <ComparisonTable found={result.found} stale={result.asked !== asked} />}
      </div>
    </section>
  );
}
