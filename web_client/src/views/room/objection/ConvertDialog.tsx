import { Check } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useText } from "../../../i18n";
import { Button, Dialog, ErrorBanner, TextField } from "../../../ui";
import { useRoomContext } from "../useRoom";
import { firstSentence, linesOf, MOST_LINES, tooLong } from "./lines";

const REASON_MAX = 500;

/** The presiding judge converts: why, what stays valid by the record, and what the judge adds to that list. */
export function ConvertDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { room, view } = useRoomContext();
  const text = useText();
  const proposals = t("ask.convert_offline.reasons", { returnObjects: true }) as unknown as string[];
  const held = view.eligibility?.matters.find((matter) => matter.held === true);
  const binding = view.eligibility?.must_convert;
  const proposed = held
    ? t("objection.convert.because", { matter: text(held.text) })
    : binding
      ? firstSentence(text(binding))
      : (proposals[0] ?? "");
  const [reason, setReason] = useState(proposed.slice(0, REASON_MAX));
  const [added, setAdded] = useState("");
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const completed = linesOf(added);
  const wrong = tooLong(completed);
  const wrongWords = wrong === null ? null : t(`objection.convert.${wrong}`, { most: MOST_LINES });
  const missing = reason.trim() === "" ? t("dialog.reasonNeeded") : null;

  const convert = async () => {
    setWorking(true);
    setError(null);
    try {
      await room.request("convert_offline", { reason: reason.trim(), completed });
      onClose();
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };

  return (
    <Dialog title={t("ask.convert_offline.title")} onClose={onClose} testId="dialog-convert-offline">
      <div className="soft">{t("ask.convert_offline.body")}</div>
      <TextField
        label={t("objection.convert.reason")}
        value={reason}
        onChange={setReason}
        rows={3}
        maxLength={REASON_MAX}
        testId="dialog-reason"
      />
      <section className="stack" aria-labelledby="convert-steps">
        <h3 className="field__label" id="convert-steps">
          {t("objection.completed.title")}
        </h3>
        <ul className="steps" data-testid="automatic-steps">
          {(view.eligibility?.completed ?? []).map((step, index) => (
            <li key={index}>
              <Check size={16} aria-hidden="true" />
              <span>{text(step)}</span>
            </li>
          ))}
        </ul>
      </section>
      <TextField
        label={t("objection.convert.added")}
        hint={t("objection.convert.hint")}
        value={added}
        onChange={setAdded}
        rows={3}
        error={wrongWords}
        testId="convert-added"
      />
      <ErrorBanner error={error} testId="dialog-error" />
      <div className="dialog__acts">
        <Button onPress={onClose} testId="dialog-cancel">
          {t("action.cancel")}
        </Button>
        <Button
          variant="stop"
          onPress={() => void convert()}
          working={working}
          reason={missing ?? wrongWords}
          testId="dialog-confirm"
        >
          {t("ask.convert_offline.confirm")}
        </Button>
      </div>
    </Dialog>
  );
}
