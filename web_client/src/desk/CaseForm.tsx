import { useState, type FormEvent } from "react";

import { patch, post } from "../core/api";
import { navigate } from "../router";
import { Button, TextField } from "../ui";
import { useDraft } from "./draft";
import { ErrorNote, SelectField } from "./parts";
import { keep, useAction } from "./resource";
import { useMe } from "./session";
import type { CaseDetail, CaseType, NewCase } from "./wire";
import { useWords } from "./words";

export const CASE_TYPES: readonly CaseType[] = [
  "civil",
  "commercial",
  "intellectual_property",
  "maritime",
  "financial",
  "administrative",
  "enforcement",
  "special_procedure",
  "criminal_expedited",
  "criminal_commutation_parole",
  "criminal_private_prosecution",
  "criminal_other",
];

interface Props {
  /** The case that is changed; none: a new one. */
  existing?: CaseDetail;
  onSaved?: (changed: CaseDetail) => void;
  onClose?: () => void;
}

const BLANK: NewCase = { number: "", title: "", cause: "", case_type: "civil" };

/** Number, title, cause and type of a case. */
export function CaseForm({ existing, onSaved, onClose }: Props) {
  const t = useWords();
  const me = useMe();
  const start: NewCase = existing
    ? { number: existing.number, title: existing.title, cause: existing.cause, case_type: existing.case_type }
    : BLANK;
  const [draft, setDraft, clearDraft] = useDraft<NewCase>(`${me.id}.case.${existing?.id ?? "new"}`, start);
  const [checked, setChecked] = useState(false);
  const missing = (text: string): string | null => (checked && text.trim() === "" ? t("form.needed") : null);
  const complete = [draft.number, draft.title, draft.cause].every((text) => text.trim() !== "");
  const save = useAction(async () => {
    const body: NewCase = {
      number: draft.number.trim(),
      title: draft.title.trim(),
      cause: draft.cause.trim(),
      case_type: draft.case_type,
    };
    const saved = existing
      ? await patch<CaseDetail>(`cases/${existing.id}`, body)
      : await post<CaseDetail>("cases", body);
    keep(`cases/${saved.id}`, saved);
    clearDraft();
    if (existing) onSaved?.(saved);
    else navigate(`/desk/cases/${saved.id}`, { replace: true });
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (complete) void save.run();
  };
  const close = () => {
    clearDraft();
    if (onClose) onClose();
    else navigate("/desk/cases");
  };
  return (
    <form className="card desk-form" onSubmit={submit} noValidate aria-labelledby="case-form-h">
      <h2 id="case-form-h" className="desk-form__title">
        {t(existing ? "cases.edit" : "cases.newTitle")}
      </h2>
      <div className="desk-form__two">
        <TextField
          label={t("cases.number")}
          hint={t("cases.numberHint")}
          value={draft.number}
          onChange={(number) => setDraft({ ...draft, number })}
          error={missing(draft.number)}
          maxLength={120}
          testId="case-number"
        />
        <SelectField<CaseType>
          label={t("cases.type")}
          value={draft.case_type}
          onChange={(case_type) => setDraft({ ...draft, case_type })}
          options={CASE_TYPES.map((value) => ({ value, label: t(`caseType.${value}`) }))}
          testId="case-type"
        />
      </div>
      <TextField
        label={t("cases.name")}
        hint={t("cases.nameHint")}
        value={draft.title}
        onChange={(title) => setDraft({ ...draft, title })}
        error={missing(draft.title)}
        maxLength={200}
        testId="case-title"
      />
      <TextField
        label={t("cases.cause")}
        hint={t("cases.causeHint")}
        value={draft.cause}
        onChange={(cause) => setDraft({ ...draft, cause })}
        error={missing(draft.cause)}
        maxLength={200}
        testId="case-cause"
      />
      <ErrorNote error={save.error} />
      <div className="desk-form__acts">
        <Button type="submit" variant="primary" working={save.working} testId="save-case">
          {t(existing ? "form.save" : "cases.create")}
        </Button>
        <Button onPress={close}>{t("form.giveUp")}</Button>
      </div>
    </form>
  );
}
