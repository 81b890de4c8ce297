import { Fingerprint, Stamp } from "lucide-react";
import { useState, type FormEvent } from "react";

import { post } from "../core/api";
import { Button, TextField } from "../ui";
import { useDraft } from "./draft";
import { NEEDS, partiesOf, witnessesOf } from "./facts";
import { ErrorNote, Segments } from "./parts";
import { useAction } from "./resource";
import { groundOf, pendingGrounds, rulingsInOrder, usualArticle } from "./rulings";
import { useMe } from "./session";
import type { HearingDetail, NewRuling } from "./wire";
import { groundLabel, useReader, useWords } from "./words";

interface Props {
  hearing: HearingDetail;
  onChange: (hearing: HearingDetail) => void;
}

interface Draft {
  ground: string;
  held: boolean | null;
  reasons: string;
  article: string | null;
}

/** Grounds the court may find of its own motion: held, they need nobody to have asserted them. */
function ownMotion(hearing: HearingDetail, pending: readonly string[]): string[] {
  return [
    ...NEEDS.map((need) => `need:${need}`),
    "complexity",
    "social_impact",
    ...partiesOf(hearing).map((party) => `incapacity:${party.id}`),
    ...witnessesOf(hearing).map((witness) => `witness:${witness.id}`),
    "other",
  ].filter((ground) => !pending.includes(ground));
}

/** The judge rules on a ground. It is signed with the judge's name and time and can only be superseded. */
export function RulingForm({ hearing, onChange }: Props) {
  const t = useWords();
  const { cite } = useReader();
  const me = useMe();
  const pending = pendingGrounds(hearing);
  const blank: Draft = { ground: pending[0] ?? "", held: null, reasons: "", article: null };
  const [draft, setDraft, clearDraft] = useDraft<Draft>(`${me.id}.ruling.${hearing.id}`, blank);
  const [password, setPassword] = useState("");
  const [checked, setChecked] = useState(false);
  const own = ownMotion(hearing, pending);
  const known = pending.includes(draft.ground) || own.includes(draft.ground);
  const ground = known ? draft.ground : (pending[0] ?? "");
  const isOwn = own.includes(ground);
  const held = isOwn ? true : draft.held;
  const article = draft.article ?? (ground === "" ? "" : cite(usualArticle(ground)));
  const kind = groundOf(ground).kind;
  const fine = {
    ground: ground !== "",
    held: held !== null,
    reasons: draft.reasons.trim() !== "",
    article: article.trim() !== "",
    password: !me.has_password || password !== "",
  };
  const sign = useAction(async () => {
    const body: NewRuling = {
      ground,
      held: held ?? false,
      reasons: draft.reasons.trim(),
      article: article.trim(),
      password,
    };
    const changed = await post<HearingDetail>(`hearings/${hearing.id}/rulings`, body);
    setPassword("");
    setChecked(false);
    clearDraft({ ...blank, ground: pendingGrounds(changed)[0] ?? "" });
    onChange(changed);
    // The ruling is given whatever becomes of this: checking again only saves the judge a press.
    if (changed.actions.determine?.allowed) {
      onChange(await post<HearingDetail>(`hearings/${hearing.id}/determine`));
    }
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (Object.values(fine).every(Boolean)) void sign.run();
  };
  const needed = (field: keyof typeof fine): string | null => (checked && !fine[field] ? t("form.needed") : null);
  const place = pending.indexOf(ground);
  return (
    <form className="card desk-ruling" onSubmit={submit} noValidate aria-labelledby="ruling-h" data-testid="ruling-form">
      <div className="card__head desk-card-line">
        <h2 id="ruling-h">{t("ruling.title")}</h2>
        {place >= 0 ? (
          <span className="small soft">{t("ruling.place", { place: place + 1, total: pending.length })}</span>
        ) : null}
      </div>
      <div className="card__body stack-4">
        <div className="field">
          <label className="field__label" htmlFor="ruling-ground">
            {t("ruling.ground")}
          </label>
          <select
            id="ruling-ground"
            className="input"
            value={ground}
            onChange={(event) => setDraft({ ...draft, ground: event.target.value, held: null, article: null })}
            data-testid="ruling-ground"
          >
            {ground === "" ? <option value="">{t("person.choose")}</option> : null}
            {pending.length > 0 ? (
              <optgroup label={t("ruling.awaiting")}>
                {pending.map((one) => (
                  <option key={one} value={one}>
                    {groundLabel(t, hearing, one)}
                  </option>
                ))}
              </optgroup>
            ) : null}
            <optgroup label={t("ruling.ownMotion")}>
              {own.map((one) => (
                <option key={one} value={one}>
                  {groundLabel(t, hearing, one)}
                </option>
              ))}
            </optgroup>
          </select>
        </div>
        {isOwn ? (
          <p className="banner">{t("ruling.ownMotionNote")}</p>
        ) : (
          <Segments<"held" | "not_held">
            label={t(`ruling.question.${kind}`)}
            value={held === null ? null : held ? "held" : "not_held"}
            onChange={(value) => setDraft({ ...draft, held: value === "held" })}
            options={[
              { value: "held", label: t(`ruling.held.${kind}`) },
              { value: "not_held", label: t(`ruling.notHeld.${kind}`) },
            ]}
            testId="ruling-held"
          />
        )}
        {checked && !fine.held ? <p className="field__error">{t("ruling.heldNeeded")}</p> : null}
        <TextField
          label={t("ruling.reasons")}
          value={draft.reasons}
          onChange={(reasons) => setDraft({ ...draft, reasons })}
          rows={5}
          maxLength={4000}
          error={needed("reasons")}
          testId="ruling-reasons"
        />
        <TextField
          label={t("ruling.article")}
          value={article}
          onChange={(next) => setDraft({ ...draft, article: next })}
          maxLength={200}
          error={needed("article")}
          testId="ruling-article"
        />
        {me.has_password ? (
          <TextField
            label={t("ruling.password")}
            type="password"
            value={password}
            onChange={setPassword}
            autoComplete="current-password"
            maxLength={200}
            error={needed("password")}
            testId="ruling-password"
          />
        ) : null}
        <div className="banner">
          <Fingerprint size={20} aria-hidden="true" />
          <span className="desk-sm">{t("ruling.signed", { name: me.name })}</span>
        </div>
        <ErrorNote error={sign.error} />
        <Button type="submit" variant="primary" working={sign.working} testId="save-ruling">
          <Stamp size={16} aria-hidden="true" />
          {t("ruling.sign")}
        </Button>
      </div>
    </form>
  );
}

/** Rulings so far, newest first. A ruling is never edited; a later one on the same ground supersedes it. */
export function RulingsCard({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  const { moment, cite } = useReader();
  const rulings = rulingsInOrder(hearing.rulings);
  if (rulings.length === 0) return null;
  return (
    <section className="card" aria-labelledby="rulings-h">
      <div className="card__head desk-card-line">
        <h2 id="rulings-h">{t("ruling.list", { count: rulings.length })}</h2>
      </div>
      <ol className="desk-rulings">
        {rulings.map(({ ruling, superseded }) => (
          <li key={`${ruling.ground}-${ruling.at}`} data-testid="ruling" data-superseded={superseded}>
            <div className="row wrap between">
              <b>{groundLabel(t, hearing, ruling.ground)}</b>
              <span className={ruling.held ? "tag tag--stop" : "tag tag--ok"}>
                {t(`ruling.${ruling.held ? "held" : "notHeld"}.${groundOf(ruling.ground).kind}`)}
              </span>
            </div>
            <p>{ruling.reasons}</p>
            <p className="small soft">
              <span className="cite">{cite(ruling.article)}</span> · {ruling.by} · {moment(ruling.at)}
              {superseded ? ` · ${t("ruling.superseded")}` : ""}
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
