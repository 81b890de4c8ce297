import { useState, type ReactNode } from "react";
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useTranslation } from "react-i18next";

import { Button } from "./Button";
import { ErrorBanner } from "./ErrorBanner";
import { TextField } from "./Field";

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  testId?: string | undefined;
}

/** A modal dialog; Escape and the veil close it, focus returns to where it was. */
export function Dialog({ title, onClose, children, testId }: DialogProps) {
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(open) => (open ? undefined : onClose())}>
      <Modal className="dialog-box">
        <AriaDialog className="dialog" data-testid={testId}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface ConfirmProps {
  title: string;
  body?: ReactNode;
  confirm: string;
  /** The word for going back, where "cancel" could be misread. */
  cancel?: string;
  danger?: boolean;
  /** With a label, a reason must be given; it is passed to `onConfirm`. */
  reasonLabel?: string;
  /** Proposed wordings of the reason. */
  reasons?: readonly string[];
  onConfirm: (reason: string) => Promise<unknown>;
  onClose: () => void;
  testId?: string;
}

const REASON_MAX = 500;

/** Asks before something that others will feel. Closes when it was done, stays with the error when it was not. */
export function ConfirmDialog(props: ConfirmProps) {
  const { t } = useTranslation();
  const [reason, setReason] = useState(props.reasons?.[0] ?? "");
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const missing = Boolean(props.reasonLabel) && reason.trim() === "";

  const confirm = async () => {
    setWorking(true);
    setError(null);
    try {
      await props.onConfirm(reason.trim());
      props.onClose();
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };

  return (
    <Dialog title={props.title} onClose={props.onClose} testId={props.testId}>
      {props.body ? <div className="soft">{props.body}</div> : null}
      {props.reasonLabel ? (
        <>
          {props.reasons && props.reasons.length > 1 ? (
            <div className="row wrap">
              {props.reasons.map((text) => (
                <Button key={text} pressed={text === reason} onPress={() => setReason(text)}>
                  {text}
                </Button>
              ))}
            </div>
          ) : null}
          <TextField
            label={props.reasonLabel}
            value={reason}
            onChange={setReason}
            rows={2}
            maxLength={REASON_MAX}
            testId="dialog-reason"
          />
        </>
      ) : null}
      <ErrorBanner error={error} testId="dialog-error" />
      <div className="dialog__acts">
        <Button onPress={props.onClose} testId="dialog-cancel">
          {props.cancel ?? t("action.cancel")}
        </Button>
        <Button
          variant={props.danger ? "stop" : "primary"}
          onPress={() => void confirm()}
          working={working}
          reason={missing ? t("dialog.reasonNeeded") : null}
          testId="dialog-confirm"
        >
          {props.confirm}
        </Button>
      </div>
    </Dialog>
  );
}
