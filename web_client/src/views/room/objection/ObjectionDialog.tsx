import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button, Dialog, ErrorBanner, TextField } from "../../../ui";
import { basisOf } from "../../join/basis";
import { useRoomContext } from "../useRoom";

const REASONS_MAX = 4000;

/** A side objects to going on online: what happens next comes first, then the reasons, then one button. */
export function ObjectionDialog({ onClose }: { onClose: () => void }) {
  const { t, i18n } = useTranslation();
  const { room } = useRoomContext();
  const [reasons, setReasons] = useState("");
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<unknown>(null);

  const lodge = async () => {
    setWorking(true);
    setError(null);
    try {
      await room.request("lodge_objection", { reasons: reasons.trim() });
      onClose();
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };

  return (
    <Dialog title={t("objection.dialog.title")} onClose={onClose} testId="dialog-lodge-objection">
      <ul className="objection__next">
        <li>{t("objection.dialog.record")}</li>
        <li>{t("objection.dialog.judge")}</li>
        <li>
          {t("objection.dialog.stay")} <span className="cite">{basisOf("OLR 25", i18n.language === "en" ? "en" : "zh")}</span>
        </li>
      </ul>
      <TextField
        label={t("objection.dialog.reasons")}
        hint={t("objection.dialog.hint")}
        value={reasons}
        onChange={setReasons}
        rows={4}
        maxLength={REASONS_MAX}
        testId="objection-reasons"
      />
      <ErrorBanner error={error} testId="dialog-error" />
      <div className="dialog__acts">
        <Button onPress={onClose} testId="dialog-cancel">
          {t("action.cancel")}
        </Button>
        <Button variant="primary" onPress={() => void lodge()} working={working} testId="dialog-confirm">
          {t("objection.dialog.send")}
        </Button>
      </div>
    </Dialog>
  );
}
