import { Stamp } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { get, post } from "../../../core/api";
import { citationFor } from "../../../desk/citation";
import { usualArticle } from "../../../desk/rulings";
import { useText } from "../../../i18n";
import type { HearingDetail, NewRuling, StaffMe } from "../../../protocol";
import { Button, Choice, Dialog, ErrorBanner, TextField } from "../../../ui";
import { useRoomContext } from "../useRoom";
import type { Matter } from "./MattersCard";

/** What the judge has written so far; never the password. `article` null: the usual one. */
export interface RulingDraft {
  held: "held" | "not_held" | null;
  reasons: string;
  article: string | null;
}

export const blankRuling: RulingDraft = { held: null, reasons: "", article: null };

interface Props {
  matter: Matter;
  draft: RulingDraft | null;
  onDraft: (draft: RulingDraft | null) => void;
  onClose: () => void;
}

/** The judge rules on the record, from the room: made out or not, with reasons, article and the password once more. */
export function RulingDialog({ matter, draft: kept, onDraft, onClose }: Props) {
  const { t, i18n } = useTranslation();
  const { view } = useRoomContext();
  const text = useText();
  const [draft, setDraft] = useState(kept ?? blankRuling);
  const [password, setPassword] = useState("");
  const [asksPassword, setAsksPassword] = useState(true);
  const [checked, setChecked] = useState(false);
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // What the judge was shown when the dialog opened: a fact that changes meanwhile refuses the ruling.
  const [seen] = useState(view.eligibility?.seen_version ?? 0);
  useEffect(() => {
    // Only whether to ask; where the answer fails to come, asking is the safe side.
    get<StaffMe>("me").then((me) => setAsksPassword(me.has_password), () => undefined);
  }, []);

  const change = (next: Partial<RulingDraft>) => {
    const changed = { ...draft, ...next };
    setDraft(changed);
    onDraft(changed);
  };
  const ground = matter.ground ?? "";
  const article = draft.article ?? citationFor(usualArticle(ground, view.determination?.ruleset ?? ""), i18n.language === "en" ? "en" : "zh");
  const fine = {
    held: draft.held !== null,
    reasons: draft.reasons.trim() !== "",
    article: article.trim() !== "",
    password: !asksPassword || password !== "",
  };
  const needed = (field: keyof typeof fine) => (checked && !fine[field] ? t("objection.ruling.needed") : null);

  const sign = async () => {
    setChecked(true);
    if (!Object.values(fine).every(Boolean)) return;
    setWorking(true);
    setError(null);
    const body: NewRuling = {
      ground,
      held: draft.held === "held",
      reasons: draft.reasons.trim(),
      article: article.trim(),
      seen_version: seen,
      password,
    };
    try {
      await post<HearingDetail>(`hearings/${view.hearing.id}/rulings`, body);
      onDraft(null);
      onClose();
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };

  return (
    <Dialog title={t("objection.ruling.title", { matter: text(matter.text) })} onClose={onClose} testId="dialog-ruling">
      {matter.reasons || matter.side ? (
        <p className="matter__reasons">{matter.reasons || t("objection.matters.noReasons")}</p>
      ) : null}
      <Choice
        label={t("objection.ruling.question")}
        value={draft.held}
        options={[
          { value: "not_held", label: t("objection.ruling.notHeld") },
          { value: "held", label: t("objection.ruling.held") },
        ]}
        onChange={(held) => change({ held })}
        testId="ruling-held"
      />
      {needed("held") ? <p className="field__error">{t("objection.ruling.choose")}</p> : null}
      <TextField
        label={t("objection.ruling.reasons")}
        value={draft.reasons}
        onChange={(reasons) => change({ reasons })}
        rows={3}
        maxLength={4000}
        error={needed("reasons")}
        testId="ruling-reasons"
      />
      <TextField
        label={t("objection.ruling.article")}
        value={article}
        onChange={(next) => change({ article: next })}
        maxLength={200}
        error={needed("article")}
        testId="ruling-article"
      />
      {asksPassword ? (
        <TextField
          label={t("objection.ruling.password")}
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          maxLength={200}
          error={needed("password")}
          testId="ruling-password"
        />
      ) : null}
      <p className="small soft">{t("objection.ruling.signed", { name: view.me.name })}</p>
      <ErrorBanner error={error} testId="dialog-error" />
      <div className="dialog__acts">
        <Button onPress={onClose} testId="dialog-cancel">
          {t("action.cancel")}
        </Button>
        <Button variant="primary" onPress={() => void sign()} working={working} testId="dialog-confirm">
          <Stamp size={18} aria-hidden="true" />
          {t("objection.ruling.sign")}
        </Button>
      </div>
    </Dialog>
  );
}
