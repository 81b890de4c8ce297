import { useState, type FormEvent } from "react";

import { patch, post } from "../core/api";
import { navigate } from "../router";
import { Button, Checkbox, Loading, TextField } from "../ui";
import { useDraft } from "./draft";
import { STAGES } from "./facts";
import { ErrorNote, SelectField } from "./parts";
import { keep, useAction, useResource } from "./resource";
import { useMe } from "./session";
import { fromLocalInput, toLocalInput } from "./time";
import type { Account, AccountList, CaseDetail, HearingDetail, NewHearing, Stage, StaffRole } from "./wire";
import { personRoleLabel, useWords } from "./words";

/** Nobody has to prove anything in a mediation, and nobody looks on. */
const IN_A_MEDIATION: ReadonlySet<string> = new Set(["party", "legal_representative", "counsel", "interpreter"]);

interface Draft {
  stage: Stage;
  time: string;
  courtroom_zh: string;
  courtroom_en: string;
  presiding_judge: string;
  panel: string[];
  clerk: string;
  mediator: string;
  people: string[];
}

type Place = Pick<Draft, "courtroom_zh" | "courtroom_en">;
const COURTROOM: Place = { courtroom_zh: "第一网上法庭", courtroom_en: "Online Courtroom 1" };
const MEDIATION_ROOM: Place = { courtroom_zh: "第一网上调解室", courtroom_en: "Online Mediation Room 1" };

/** The proposed name of the room, unless somebody has written another. */
function roomOf(draft: Draft, proposed: Place, other: Place): Partial<Place> {
  return draft.courtroom_zh === other.courtroom_zh && draft.courtroom_en === other.courtroom_en ? proposed : {};
}

interface Props {
  detail: CaseDetail;
  /** The hearing that is changed; none: a new one. */
  existing?: HearingDetail;
}

function draftOf(existing: HearingDetail): Draft {
  const account = (role: HearingDetail["participants"][number]["role"]): string[] =>
    existing.participants.filter((one) => one.role === role).flatMap((one) => (one.account === null ? [] : [one.account]));
  return {
    stage: existing.stage,
    time: existing.scheduled_at === null ? "" : toLocalInput(existing.scheduled_at),
    courtroom_zh: existing.courtroom.zh,
    courtroom_en: existing.courtroom.en,
    presiding_judge: account("presiding_judge")[0] ?? "",
    panel: account("panel_judge"),
    clerk: account("clerk")[0] ?? "",
    mediator: account("mediator")[0] ?? "",
    people: existing.participants.flatMap((one) => (one.person === null ? [] : [one.person])),
  };
}

function bodyOf(draft: Draft, scheduled_at: string, people: NewHearing["people"]): NewHearing {
  return {
    stage: draft.stage,
    scheduled_at,
    courtroom: { zh: draft.courtroom_zh.trim(), en: draft.courtroom_en.trim() || draft.courtroom_zh.trim() },
    ...(draft.stage === "mediation"
      ? { mediator: draft.mediator, clerk: draft.clerk === "" ? null : draft.clerk }
      : {
          presiding_judge: draft.presiding_judge,
          panel: draft.panel.filter((id) => id !== draft.presiding_judge),
          clerk: draft.clerk,
        }),
    people,
  };
}

/** Draft of a hearing: stage, time, courtroom, bench, clerk and who takes part. */
export function HearingForm({ detail, existing }: Props) {
  const accounts = useResource<AccountList>("accounts");
  if (accounts.value === undefined) {
    return accounts.error === null ? <Loading /> : <ErrorNote error={accounts.error} retry={accounts.reload} />;
  }
  return <Filled detail={detail} {...(existing ? { existing } : {})} accounts={accounts.value.accounts} />;
}

function Filled({ detail, existing, accounts }: Props & { accounts: Account[] }) {
  const words = useWords();
  const me = useMe();
  const having = (role: StaffRole): Account[] => accounts.filter((one) => one.roles.includes(role));
  const judges = having("judge");
  const clerks = having("clerk");
  const mediators = having("mediator");
  const start: Draft = existing
    ? draftOf(existing)
    : {
        stage: "trial",
        time: "",
        ...COURTROOM,
        presiding_judge: judges.length === 1 ? (judges[0]?.id ?? "") : "",
        panel: [],
        clerk: clerks.some((one) => one.id === me.id) ? me.id : (clerks[0]?.id ?? ""),
        mediator: mediators.length === 1 ? (mediators[0]?.id ?? "") : "",
        people: detail.people.map((one) => one.id),
      };
  const [draft, setDraft, clearDraft] = useDraft<Draft>(`${me.id}.hearing.${existing?.id ?? detail.id}`, start);
  const [checked, setChecked] = useState(false);
  const set = (change: Partial<Draft>) => setDraft({ ...draft, ...change });
  const choose = (stage: Stage) =>
    set(
      stage === "mediation"
        ? { stage, clerk: "", ...roomOf(draft, MEDIATION_ROOM, COURTROOM) }
        : { stage, ...roomOf(draft, COURTROOM, MEDIATION_ROOM) },
    );
  const scheduled_at = fromLocalInput(draft.time);
  const mediation = draft.stage === "mediation";
  const t = (key: string): string => words(key, mediation ? { context: "mediation" } : {});
  const listed = detail.people.filter((one) => !mediation || IN_A_MEDIATION.has(one.role));
  const people = draft.people.filter((id) => listed.some((one) => one.id === id));
  const stages: readonly Stage[] = existing
    ? existing.kind === "mediation"
      ? ["mediation"]
      : STAGES
    : [...STAGES, "mediation"];
  const complete =
    scheduled_at !== null &&
    draft.courtroom_zh.trim() !== "" &&
    (mediation ? draft.mediator !== "" : draft.presiding_judge !== "" && draft.clerk !== "") &&
    people.length > 0;
  const back = existing ? `/desk/hearings/${existing.id}` : `/desk/cases/${detail.id}`;
  const save = useAction(async ([first, ...others]: string[]) => {
    if (scheduled_at === null || first === undefined) return;
    const body = bodyOf(draft, scheduled_at, [first, ...others]);
    const saved = existing
      ? await patch<HearingDetail>(`hearings/${existing.id}`, body)
      : await post<HearingDetail>(`cases/${detail.id}/hearings`, body);
    keep(`hearings/${saved.id}`, saved);
    clearDraft();
    navigate(`/desk/hearings/${saved.id}`, { replace: true });
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (complete) void save.run(people);
  };
  const needed = (fine: boolean, key = "form.needed"): string | null => (checked && !fine ? t(key) : null);
  const options = (list: Account[]) => list.map((one) => ({ value: one.id, label: one.name }));
  const toggled = (list: string[], id: string, on: boolean): string[] =>
    on ? [...list, id] : list.filter((other) => other !== id);
  return (
    <form className="card desk-form" onSubmit={submit} noValidate aria-labelledby="hearing-form-h">
      <h2 id="hearing-form-h" className="desk-form__title">
        {t(existing ? "hearing.editTitle" : "hearing.newTitle")}
      </h2>
      <div className="desk-form__two">
        <SelectField<Stage>
          label={t("hearing.stage")}
          value={draft.stage}
          onChange={choose}
          options={stages.map((value) => ({ value, label: t(`stage.${value}`) }))}
          testId="hearing-stage"
        />
        <TextField
          label={t("hearing.time")}
          hint={t("hearing.timeHint")}
          type="datetime-local"
          value={draft.time}
          onChange={(time) => set({ time })}
          error={needed(scheduled_at !== null, "hearing.timeNeeded")}
          testId="hearing-time"
        />
        <TextField
          label={t("hearing.courtroomZh")}
          value={draft.courtroom_zh}
          onChange={(courtroom_zh) => set({ courtroom_zh })}
          error={needed(draft.courtroom_zh.trim() !== "")}
          maxLength={120}
          testId="hearing-courtroom"
        />
        <TextField
          label={t("hearing.courtroomEn")}
          value={draft.courtroom_en}
          onChange={(courtroom_en) => set({ courtroom_en })}
          maxLength={120}
          testId="hearing-courtroom-en"
        />
        {mediation ? (
          <SelectField
            label={t("hearing.mediator")}
            value={draft.mediator}
            placeholder={t("person.choose")}
            onChange={(mediator) => set({ mediator })}
            options={options(mediators)}
            error={needed(draft.mediator !== "")}
            hint={mediators.length === 0 ? t("hearing.noMediators") : undefined}
            testId="hearing-mediator"
          />
        ) : (
          <SelectField
            label={t("hearing.judge")}
            value={draft.presiding_judge}
            placeholder={t("person.choose")}
            onChange={(presiding_judge) => set({ presiding_judge })}
            options={options(judges)}
            error={needed(draft.presiding_judge !== "")}
            hint={judges.length === 0 ? t("hearing.noJudges") : undefined}
            testId="hearing-judge"
          />
        )}
        <SelectField
          label={t("hearing.clerk") + (mediation ? t("optional") : "")}
          value={draft.clerk}
          placeholder={t("person.choose")}
          onChange={(clerk) => set({ clerk })}
          options={[...(mediation ? [{ value: "", label: t("hearing.noClerk") }] : []), ...options(clerks)]}
          error={mediation ? null : needed(draft.clerk !== "")}
          testId="hearing-clerk"
        />
      </div>
      {!mediation && judges.some((one) => one.id !== draft.presiding_judge) ? (
        <fieldset className="desk-checks">
          <legend className="field__label">
            {t("hearing.panel")}
            {t("optional")}
          </legend>
          {judges
            .filter((one) => one.id !== draft.presiding_judge)
            .map((one) => (
              <Checkbox
                key={one.id}
                checked={draft.panel.includes(one.id)}
                onChange={(on) => set({ panel: toggled(draft.panel, one.id, on) })}
                testId={`panel-${one.id}`}
              >
                {one.name}
              </Checkbox>
            ))}
        </fieldset>
      ) : null}
      <fieldset className="desk-checks">
        <legend className="field__label">{t("hearing.people")}</legend>
        {listed.map((one) => (
          <Checkbox
            key={one.id}
            checked={people.includes(one.id)}
            onChange={(on) => set({ people: toggled(people, one.id, on) })}
            testId={`takes-part-${one.id}`}
          >
            {words("nameWithRole", { role: personRoleLabel(words, one.role, one.side), name: one.name })}
          </Checkbox>
        ))}
      </fieldset>
      {checked && people.length === 0 ? <p className="field__error">{t("hearing.peopleNeeded")}</p> : null}
      <ErrorNote error={save.error} />
      <div className="desk-form__acts">
        <Button type="submit" variant="primary" working={save.working} testId="save-hearing">
          {t(existing ? "form.save" : "hearing.create")}
        </Button>
        <Button
          onPress={() => {
            clearDraft();
            navigate(back);
          }}
        >
          {t("form.giveUp")}
        </Button>
      </div>
    </form>
  );
}
