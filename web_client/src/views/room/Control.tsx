import type { LucideIcon } from "lucide-react";

import { Button } from "../../ui";

interface ControlProps {
  icon: LucideIcon;
  label: string;
  detail?: string | undefined;
  onPress?: (() => void) | undefined;
  reason?: string | null;
  tone?: "plain" | "primary" | "danger" | "done" | "wait" | undefined;
  pressed?: boolean;
  testId: string;
}

/** One control of the bar: a drawing over its word, and on the phone its state in words below. */
export function Control({ icon: Icon, label, detail, onPress, reason, tone = "plain", pressed, testId }: ControlProps) {
  return (
    <Button
      className={`ctl ctl--${tone}`}
      onPress={onPress}
      reason={reason ?? null}
      pressed={pressed}
      testId={testId}
    >
      <Icon size={22} aria-hidden="true" />
      <span>
        {label}
        {detail ? <small className="ctl__detail">{detail}</small> : null}
      </span>
    </Button>
  );
}
