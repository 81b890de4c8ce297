import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export type TagTone =
  | "plain"
  | "ok"
  | "wait"
  | "stop"
  | "mixed"
  | "brass"
  | "accent"
  | "claimant"
  | "respondent";

export function Tag({ tone = "plain", icon: Icon, children }: { tone?: TagTone; icon?: LucideIcon; children: ReactNode }) {
  return (
    <span className={tone === "plain" ? "tag" : `tag tag--${tone}`}>
      {Icon ? <Icon size={16} aria-hidden="true" /> : null}
      {children}
    </span>
  );
}
