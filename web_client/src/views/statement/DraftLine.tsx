import { Check, CloudOff, Undo2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useDates } from "../../i18n";
import { Button, ErrorBanner } from "../../ui";
import type { Statement } from "./useStatement";

/** Whether what is typed is kept, said as it changes; and the way to give it up, which can be taken back. */
export function DraftLine({ statement }: { statement: Statement }) {
  const { t } = useTranslation();
  const dates = useDates();
  const [error, setError] = useState<unknown>(null);
  const [working, setWorking] = useState(false);
  const { saving, discarded } = statement;

  const discard = async () => {
    setWorking(true);
    setError(null);
    await statement.discard().catch(setError);
    setWorking(false);
  };
  const words =
    discarded !== null
      ? t("statement.draft.discarded")
      : saving.state === "saved" && saving.at
        ? t("statement.draft.saved", { when: dates.time(saving.at) })
        : t(`statement.draft.${saving.state === "saved" ? "rest" : saving.state}`);
  return (
    <div className="st-draft" data-testid="draft" data-state={discarded ? "discarded" : saving.state}>
      <p className="small soft row" role="status">
        {saving.state === "saved" && !discarded ? <Check size={16} aria-hidden="true" /> : null}
        {saving.state === "failed" ? <CloudOff size={16} aria-hidden="true" /> : null}
        {words}
      </p>
      {discarded ? (
        <Button variant="quiet" onPress={statement.undo} testId="draft-undo">
          <Undo2 size={18} aria-hidden="true" />
          {t("statement.draft.undo")}
        </Button>
      ) : saving.state === "rest" ? null : (
        <Button variant="quiet" working={working} onPress={() => void discard()} testId="draft-discard">
          {t("statement.draft.discard")}
        </Button>
      )}
      <ErrorBanner error={error} />
    </div>
  );
}
