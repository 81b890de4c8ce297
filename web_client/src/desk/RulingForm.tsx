import { Fingerprint, RefreshCw, Stamp } from "lucide-react";
import { useEffect, useState, type FormEvent } from "react";

import { get, post, type ApiError } from "../core/api";
import { Button, TextField } from "../ui";
import { assertionWords } from "./assertion";
import { useDraft } from "./draft";
import { asPosition } from "./facts";
import { ErrorNote, Segments } from "./parts";
import { asApiError, refresh, useAction, useResource } from "./resource";
import { Consequence, usePreview } from "./RulingConsequence";
import "./rulings.css";
import { groundOf, rulableGrounds, standingRuling, statementsOn, usualArticle } from "./rulings";
import { useMe } from "./session";
import type { HearingDetail, NewRuling, SiteInfo } from "./wire";
import { asserterLabel, groundLabel, useReader, useWords } from "./words";

interface Props {
  hearing: HearingDetail;
  /** The ground asked for from elsewhere: the list of what awaits, or a ruling to be superseded. */
  asked: AskedGround | null;
  onChange: (hearing: HearingDetail) => void;
}

/** A new value each time somebody asks, be it for the same ground. */
export interface AskedGround {
  ground: string;
}

/** Of one ground: reasons written for one are not offered for another. */
interface Draft {
  held: boolean | null;
  reasons: string;
  article: string | null;
  /** Version of the hearing that the judge was shown when the writing began. */
  seen: number | null;
}

const BLANK: Draft = { held: null, reasons: "", article: null, seen: null };

/** Refusals that mean: what the judge read is no longer what stands. */
const MOVED_ON = ["facts_changed", "ruled_meanwhile", "ruled_just_now"];

/** The judge rules on a ground. It is signed with the court's record key and can only be superseded. */
export function RulingForm({ hearing, asked, onChange }: Props) {
  const t = useWords();
  const { cite, text } = useReader();
  const me = useMe();
  const site = useResource<SiteInfo>("site");
  const { pending, ruled, own } = rulableGrounds(hearing);
  const first = pending[0] ?? "";
  const [chosen, setChosen] = useState(asked?.ground ?? first);
  const ground = [...pending, ...ruled, ...own].includes(chosen) ? chosen : first;
  const [draft, setDraft, clearDraft] = useDraft<Draft>(`${me.id}.ruling.${hearing.id}.${ground}`, BLANK);
  const [shown, setShown] = useState({ ground, version: hearing.version });
  if (shown.ground !== ground) setShown({ ground, version: hearing.version });
  const [movedOn, setMovedOn] = useState<ApiError | null>(null);
  const [password, setPassword] = useState("");
  const [checked, setChecked] = useState(false);

  const isOwn = own.includes(ground);
  const held = isOwn ? true : draft.held;
  const article = draft.article ?? (ground === "" ? "" : cite(usualArticle(ground, hearing.determination?.ruleset ?? "")));
  const kind = groundOf(ground).kind;
  const preview = usePreview(hearing, ground, held);
  const edit = (change: Partial<Draft>) => {
    // What is being written on stays chosen, whatever else comes to await a ruling meanwhile.
    setChosen(ground);
    setDraft({ ...draft, seen: draft.seen ?? shown.version, ...change });
  };
  const choose = (next: string) => {
    setMovedOn(null);
    setChecked(false);
    setPassword("");
    setChosen(next);
  };
  useEffect(() => {
    if (asked !== null) choose(asked.ground);
  }, [asked]);

  const demo = site.value?.demo === true;
  const cannotSign = !me.has_password && site.value !== undefined && !demo;
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
      seen_version: draft.seen ?? shown.version,
      password,
    };
    setMovedOn(null);
    try {
      const changed = await post<HearingDetail>(`hearings/${hearing.id}/rulings`, body);
      clearDraft();
      setChosen(changed.awaiting[0] ?? "");
      onChange(changed);
      refresh("awaiting");
    } catch (cause) {
      const refused = asApiError(cause);
      if (!MOVED_ON.includes(refused.code)) throw refused;
      // What the judge has written stays; what it was written on is read again, and then counts as shown.
      const fresh = await get<HearingDetail>(`hearings/${hearing.id}`);
      setMovedOn(refused);
      setDraft({ ...draft, seen: fresh.version });
      onChange(fresh);
    } finally {
      setPassword("");
      setChecked(false);
    }
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (Object.values(fine).every(Boolean) && !cannotSign) void sign.run();
  };
  const needed = (field: keyof typeof fine): string | null => (checked && !fine[field] ? t("form.needed") : null);
  const place = pending.indexOf(ground);
  const groups = { awaiting: pending, ruled, ownMotion: own };
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
            onChange={(event) => choose(event.target.value)}
            data-testid="ruling-ground"
          >
            {ground === "" ? <option value="">{t("person.choose")}</option> : null}
            {(["awaiting", "ruled", "ownMotion"] as const).map((group) =>
              groups[group].length > 0 ? (
                <optgroup key={group} label={t(`ruling.group.${group}`)}>
                  {groups[group].map((one) => (
                    <option key={one} value={one}>
                      {groundLabel(t, hearing, one)}
                    </option>
                  ))}
                </optgroup>
              ) : null,
            )}
          </select>
        </div>
        {movedOn === null ? null : (
          <div className="banner banner--wait" role="alert" data-testid="moved-on" data-code={movedOn.code}>
            <RefreshCw size={20} aria-hidden="true" />
            <div>
              <p>{text(movedOn.text)}</p>
              <p>{t("ruling.movedOn")}</p>
            </div>
          </div>
        )}
        {ground === "" ? null : (
          <>
            <Basis hearing={hearing} ground={ground} />
            {isOwn ? (
              <p className="banner">{t("ruling.ownMotionNote")}</p>
            ) : (
              <Segments<"held" | "not_held">
                label={t(`ruling.question.${kind}`)}
                value={held === null ? null : held ? "held" : "not_held"}
                onChange={(value) => edit({ held: value === "held" })}
                options={[
                  { value: "held", label: t(`ruling.held.${kind}`) },
                  { value: "not_held", label: t(`ruling.notHeld.${kind}`) },
                ]}
                testId="ruling-held"
              />
            )}
            {checked && !fine.held ? <p className="field__error">{t("ruling.heldNeeded")}</p> : null}
            <Consequence hearing={hearing} preview={preview} />
            <TextField
              label={t("ruling.reasons")}
              value={draft.reasons}
              onChange={(reasons) => edit({ reasons })}
              rows={5}
              maxLength={4000}
              error={needed("reasons")}
              testId="ruling-reasons"
            />
            <TextField
              label={t("ruling.article")}
              value={article}
              onChange={(next) => edit({ article: next })}
              maxLength={200}
              error={needed("article")}
              testId="ruling-article"
            />
            {me.has_password ? (
              <TextField
                label={t("ruling.password")}
                hint={demo ? t("ruling.demoPassword") : undefined}
                type="password"
                value={password}
                onChange={setPassword}
                autoComplete="current-password"
                maxLength={200}
                error={needed("password")}
                testId="ruling-password"
              />
            ) : demo ? (
              <p className="banner" data-testid="no-password">
                {t("ruling.demoNoPassword")}
              </p>
            ) : null}
            {cannotSign ? (
              <p className="banner banner--wait" data-testid="password-first">
                {t("ruling.passwordFirst")}
              </p>
            ) : null}
            <div className="banner">
              <Fingerprint size={20} aria-hidden="true" />
              <span className="desk-sm">{t("ruling.signed", { name: me.name })}</span>
            </div>
            <ErrorNote error={sign.error} />
            <Button
              type="submit"
              variant="primary"
              working={sign.working}
              reason={preview.error === null ? null : text(preview.error.text)}
              testId="save-ruling"
            >
              <Stamp size={16} aria-hidden="true" />
              {t("ruling.sign")}
            </Button>
          </>
        )}
      </div>
    </form>
  );
}

/** The facts that a ruling on this ground is made on, and the ruling that it would take the place of. */
function Basis({ hearing, ground }: { hearing: HearingDetail; ground: string }) {
  const t = useWords();
  const { moment } = useReader();
  const statements = statementsOn(hearing, ground);
  const earlier = standingRuling(hearing.rulings, ground);
  if (statements.length === 0 && earlier === undefined) return null;
  return (
    <section className="desk-basis" aria-labelledby="basis-h" data-testid="ruling-basis">
      <h3 id="basis-h">{t("ruling.basis")}</h3>
      <ul>
        {statements.map((one) => {
          const stated = asPosition(one.value, hearing.stage);
          const reasons = stated?.reasons ?? "";
          const bare = stated?.position === "objects" && !reasons && !one.note;
          return (
            <li key={one.id}>
              <p>{assertionWords(t, hearing, one)}</p>
              {reasons || one.note ? <blockquote>{reasons || one.note}</blockquote> : null}
              {bare ? <p className="small soft">{t("awaiting.noReasons")}</p> : null}
              <p className="small soft">
                {t("history.source", {
                  who: asserterLabel(t, hearing, one.asserted_by),
                  how: t(`how.${one.how}`),
                })}
                {one.how === "link" ? null : t("history.enteredBy", { name: one.entered_by })} · {moment(one.at)}
              </p>
            </li>
          );
        })}
        {earlier === undefined ? null : (
          <li>
            <p>
              {t("ruling.supersedes", {
                name: earlier.by,
                at: moment(earlier.at),
                held: t(`ruling.${earlier.held ? "held" : "notHeld"}.${groundOf(ground).kind}`),
              })}
            </p>
            <blockquote>{earlier.reasons}</blockquote>
          </li>
        )}
      </ul>
    </section>
  );
}
