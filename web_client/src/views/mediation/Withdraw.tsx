import { HandHeart } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { Button, ConfirmDialog } from "../../ui";
import { Control } from "../room/Control";
import { useAllowed, useRoomContext } from "../room/useRoom";

const BEFORE: ReadonlySet<string> = new Set(["lobby_open", "ready"]);

/** A party may stop at any moment, and nobody asks why; the dialog only says what follows. */
function useWithdraw() {
  const { t } = useTranslation();
  const { room, view } = useRoomContext();
  const allowed = useAllowed()("lodge_objection");
  const [asking, setAsking] = useState(false);
  const before = BEFORE.has(view.phase.name);
  const dialog = asking ? (
    <ConfirmDialog
      title={t("mediation.withdraw.title")}
      body={
        <div className="stack">
          <p>
            <b>{t(before ? "mediation.withdraw.before" : "mediation.withdraw.live")}</b>
          </p>
          <p>{t("mediation.withdraw.free")}</p>
          {before ? null : <p>{t("mediation.withdraw.pause")}</p>}
        </div>
      }
      confirm={t("mediation.withdraw.confirm")}
      cancel={t("mediation.withdraw.keep")}
      danger
      onConfirm={() => room.request("lodge_objection", { reasons: "" })}
      onClose={() => setAsking(false)}
      testId="dialog-withdraw"
    />
  ) : null;
  return { shown: allowed.shown, reason: allowed.reason, ask: () => setAsking(true), dialog };
}

/** In the bar of the room. */
export function WithdrawControl({ split = false }: { split?: boolean }) {
  const { t } = useTranslation();
  const { shown, reason, ask, dialog } = useWithdraw();
  if (!shown) return null;
  return (
    <>
      <Control
        icon={HandHeart}
        label={t(split ? "mediation.withdraw.short" : "mediation.withdraw.action")}
        detail={split ? t("control.asksFirst") : undefined}
        tone="danger"
        reason={reason}
        onPress={ask}
        testId="withdraw"
      />
      {dialog}
    </>
  );
}

/** In the waiting room. */
export function WithdrawButton() {
  const { t } = useTranslation();
  const { shown, reason, ask, dialog } = useWithdraw();
  if (!shown || reason !== null) return null;
  return (
    <div className="acts">
      <Button large onPress={ask} testId="withdraw">
        <HandHeart size={20} aria-hidden="true" />
        {t("mediation.withdraw.action")}
      </Button>
      {dialog}
    </div>
  );
}
