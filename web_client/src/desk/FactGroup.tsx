import { Lock } from "lucide-react";
import type { ReactNode } from "react";

import { post } from "../core/api";
import { Button, TextField } from "../ui";
import { OFFICES, type Office } from "./facts";
import { assertionBody, changedKeys, isLocked, stated, withoutKeys, type Sheet, type Source } from "./factSheet";
import { ErrorNote, Segments, SelectField } from "./parts";
import { useAction } from "./resource";
import type { HearingDetail } from "./wire";
import { asserterLabel, nameWithRole, useReader, useWords } from "./words";

const HOWS: readonly Source["how"][] = ["desk", "paper", "phone"];

export interface SheetProps {
  hearing: HearingDetail;
  sheet: Sheet;
  setSheet: (sheet: Sheet) => void;
  onChange: (hearing: HearingDetail) => void;
}

interface Props extends SheetProps {
  /** Names the group: `save-fact-<group>` is its button. */
  group: string;
  title: ReactNode;
  keys: readonly string[];
  /** Who usually says this: preselected, and changeable. */
  who: string;
  children: ReactNode;
}

/** Under each fact: who said so, how and when; a statement by link cannot be altered here. */
export function StatedLine({ hearing, factKey }: { hearing: HearingDetail; factKey: string }) {
  const t = useWords();
  const { moment } = useReader();
  const assertion = stated(hearing, factKey);
  if (assertion === null) return null;
  const locked = isLocked(hearing, factKey);
  return (
    <p className="small soft desk-stated" data-testid={`stated-${factKey}`}>
      {locked ? <Lock size={16} aria-hidden="true" /> : null}
      {t("fact.stated", {
        who: asserterLabel(t, hearing, assertion.asserted_by),
        how: t(`how.${assertion.how}`),
        at: moment(assertion.at),
      })}
      {assertion.note ? ` ${t("fact.note", { note: assertion.note })}` : null}
      {locked ? ` ${t("fact.byLink")}` : null}
    </p>
  );
}

function SourceFields({ hearing, source, onSource }: { hearing: HearingDetail; source: Source; onSource: (s: Source) => void }) {
  const t = useWords();
  const people = hearing.participants.map((one) => ({ value: one.id, label: nameWithRole(t, hearing, one.id) }));
  const offices = (Object.keys(OFFICES) as Office[]).map((value) => ({ value, label: t(`office.${value}`) }));
  return (
    <div className="desk-source">
      <SelectField
        label={t("fact.who")}
        value={source.who}
        onChange={(who) => onSource({ ...source, who })}
        options={[...people, ...offices]}
        testId="fact-who"
      />
      <Segments
        label={t("fact.how")}
        value={source.how}
        onChange={(how) => onSource({ ...source, how })}
        options={HOWS.map((value) => ({ value, label: t(`how.${value}`) }))}
        testId="fact-how"
      />
      <TextField
        label={`${t("fact.noteLabel")}${t("optional")}`}
        value={source.note}
        onChange={(note) => onSource({ ...source, note })}
        maxLength={2000}
        testId="fact-note"
      />
    </div>
  );
}

/** Facts that are entered together: once one is changed, who said so is asked and the group can be saved. */
export function FactGroup({ hearing, sheet, setSheet, onChange, group, title, keys, who, children }: Props) {
  const t = useWords();
  const changed = changedKeys(hearing, sheet, keys);
  const source: Source = sheet.sources[group] ?? { who, how: "desk", note: "" };
  const save = useAction(async () => {
    let rest = sheet;
    for (const [index, key] of changed.entries()) {
      const answer = await post<HearingDetail>(`hearings/${hearing.id}/facts`, assertionBody(hearing, sheet, key, source));
      // Each saved fact leaves the sheet at once: should the next one fail, only what is not saved is still typed.
      const last = index === changed.length - 1;
      rest = last ? withoutKeys(rest, [key], group) : { ...rest, values: withoutKeys(rest, [key], group).values };
      setSheet(rest);
      onChange(answer);
    }
  });
  return (
    <section className="desk-fact" data-testid={`fact-${group}`} data-changed={changed.length > 0}>
      <h3 className="desk-fact__title">{title}</h3>
      {children}
      {changed.length > 0 ? (
        <div className="desk-fact__save">
          <SourceFields
            hearing={hearing}
            source={source}
            onSource={(next) => setSheet({ ...sheet, sources: { ...sheet.sources, [group]: next } })}
          />
          <ErrorNote error={save.error} />
          <div className="desk-form__acts">
            <Button variant="primary" working={save.working} onPress={() => void save.run()} testId={`save-fact-${group}`}>
              {t("fact.save", { count: changed.length })}
            </Button>
            <Button onPress={() => setSheet(withoutKeys(sheet, keys, group))}>{t("form.giveUp")}</Button>
          </div>
        </div>
      ) : null}
    </section>
  );
}
