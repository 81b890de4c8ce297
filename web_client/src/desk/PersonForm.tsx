import { Check } from "lucide-react";
import { useEffect, useRef, useState, type FormEvent } from "react";

import { patch, post } from "../core/api";
import { Button, TextField } from "../ui";
import { useDraft } from "./draft";
import { ErrorNote, SelectField } from "./parts";
import { blankPerson, isAgent, personBody, personProblem, PERSON_ROLES, SIDES, type PersonDraft } from "./person";
import { useAction } from "./resource";
import { useMe } from "./session";
import type { CaseDetail, Person, PersonRole, Side } from "./wire";
import { personRoleLabel, useWords } from "./words";

interface Props {
  detail: CaseDetail;
  existing?: Person;
  onSaved: (changed: CaseDetail) => void;
  onClose: () => void;
}

/** One person of a case. After adding, the form is ready for the next one. */
export function PersonForm({ detail, existing, onSaved, onClose }: Props) {
  const t = useWords();
  const me = useMe();
  const form = useRef<HTMLFormElement>(null);
  const start: PersonDraft = existing
    ? {
        name: existing.name,
        role: existing.role,
        side: existing.side ?? "",
        represents: existing.represents ?? "",
        phone: existing.phone,
      }
    : blankPerson(detail.people);
  const [draft, setDraft, clearDraft] = useDraft(`${me.id}.person.${detail.id}.${existing?.id ?? "new"}`, start);
  const [checked, setChecked] = useState(false);
  const [added, setAdded] = useState<string | null>(null);
  const parties = detail.people.filter(
    (one) => (one.role === "party" || one.role === "prosecutor") && one.id !== existing?.id,
  );
  const problem = personProblem(draft, parties);
  const focusName = () => {
    form.current?.querySelector("input")?.focus();
  };
  useEffect(focusName, []);

  const save = useAction(async () => {
    const body = personBody(draft, parties);
    const changed = existing
      ? await patch<CaseDetail>(`cases/${detail.id}/people/${existing.id}`, body)
      : await post<CaseDetail>(`cases/${detail.id}/people`, body);
    clearDraft(existing ? undefined : blankPerson(changed.people));
    setChecked(false);
    setAdded(body.name);
    onSaved(changed);
    if (!existing) focusName();
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    setAdded(null);
    if (problem === null) void save.run();
  };
  const agent = isAgent(draft.role);
  return (
    <form ref={form} className="desk-form desk-form--inline" onSubmit={submit} noValidate>
      <div className="desk-form__people">
        <TextField
          label={t("person.name")}
          value={draft.name}
          onChange={(name) => setDraft({ ...draft, name })}
          error={checked && problem === "name" ? t("form.needed") : null}
          maxLength={120}
          autoComplete="off"
          testId="person-name"
        />
        <SelectField<PersonRole>
          label={t("person.role")}
          value={draft.role}
          onChange={(role) => setDraft({ ...draft, role, side: role === "party" ? draft.side : "" })}
          options={PERSON_ROLES.map((value) => ({ value, label: t(`personRole.${value}`) }))}
          testId="person-role"
        />
        {agent ? (
          <SelectField
            label={t("person.represents")}
            value={draft.represents}
            placeholder={t("person.choose")}
            onChange={(represents) => setDraft({ ...draft, represents })}
            options={parties.map((one) => ({
              value: one.id,
              label: t("nameWithRole", { role: personRoleLabel(t, one.role, one.side), name: one.name }),
            }))}
            error={
              checked && problem === "represents"
                ? t(parties.length === 0 ? "person.partyFirst" : "person.representsNeeded")
                : null
            }
            hint={parties.length === 0 ? t("person.partyFirst") : undefined}
            testId="person-represents"
          />
        ) : (
          <SelectField<Side>
            label={t("person.side")}
            value={draft.side}
            placeholder={draft.role === "party" ? t("person.choose") : t("person.noSide")}
            onChange={(side) => setDraft({ ...draft, side })}
            options={SIDES.map((value) => ({ value, label: t(`side.${value}`) }))}
            error={checked && problem === "side" ? t("person.sideNeeded") : null}
            testId="person-side"
          />
        )}
        <TextField
          label={`${t("person.phone")}${t("optional")}`}
          value={draft.phone}
          onChange={(phone) => setDraft({ ...draft, phone })}
          type="tel"
          maxLength={40}
          autoComplete="off"
          testId="person-phone"
        />
      </div>
      <ErrorNote error={save.error} />
      <div className="desk-form__acts">
        <Button type="submit" variant="primary" working={save.working} testId="save-person">
          {t(existing ? "form.save" : "person.save")}
        </Button>
        <Button
          onPress={() => {
            clearDraft();
            onClose();
          }}
          testId="close-person"
        >
          {t(existing ? "form.giveUp" : "person.done")}
        </Button>
        <span role="status" className="desk-added">
          {added !== null && !existing ? (
            <>
              <Check size={16} aria-hidden="true" />
              {t("person.added", { name: added })}
            </>
          ) : null}
        </span>
      </div>
    </form>
  );
}
