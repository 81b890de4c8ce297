import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { Requests } from "../../protocol";
import { Button, Choice, Dialog, ErrorBanner } from "../../ui";
import { useRoomContext } from "./useRoom";

const METHODS = ["id_card_shown", "lawyer_licence_shown", "known_to_court", "online_id_platform"] as const;
export type Method = Requests["verify_identity"]["method"];

interface Props {
  title: string;
  confirm: string;
  /** Names the dialog and its choice for tests. */
  what: "verify" | "present";
  onConfirm: (method: Method) => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}

/** How an identity was checked; it stays open, with what is wrong, until the record has it. */
export function IdentityDialog({ title, confirm, what, onConfirm, onClose, children }: Props) {
  const { t } = useTranslation();
  const [method, setMethod] = useState<Method>("id_card_shown");
  const [error, setError] = useState<unknown>(null);
  const [working, setWorking] = useState(false);
  const send = async () => {
    setWorking(true);
    setError(null);
    try {
      await onConfirm(method);
      onClose();
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose} testId={`dialog-${what}`}>
      {children}
      <Choice
        label={t("verify.method")}
        value={method}
        onChange={setMethod}
        options={METHODS.map((value) => ({ value, label: t(`verify.${value}`) }))}
        testId={`${what}-method`}
      />
      <ErrorBanner error={error} testId="dialog-error" />
      <div className="dialog__acts">
        <Button onPress={onClose} testId="dialog-cancel">
          {t("action.cancel")}
        </Button>
        <Button variant="primary" working={working} onPress={() => void send()} testId="dialog-confirm">
          {confirm}
        </Button>
      </div>
    </Dialog>
  );
}

/** How the identity was checked goes on the record (OLR 7). */
export function VerifyDialog({ person, onClose }: { person: { id: string; name: string }; onClose: () => void }) {
  const { t } = useTranslation();
  const { room } = useRoomContext();
  return (
    <IdentityDialog
      title={t("verify.title", { name: person.name })}
      confirm={t("verify.confirm")}
      what="verify"
      onConfirm={(method) => room.request("verify_identity", { participant_id: person.id, method })}
      onClose={onClose}
    />
  );
}
