import { CircleCheck, Info, OctagonAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

export type BannerTone = "info" | "wait" | "stop" | "ok";

const ICONS = { info: Info, wait: TriangleAlert, stop: OctagonAlert, ok: CircleCheck };

interface BannerProps {
  tone?: BannerTone;
  children: ReactNode;
  citation?: string | null | undefined;
  /** `alert` only where the reader has just caused it; a state that came about by itself is a polite `status`. */
  role?: "alert" | "status";
  testId?: string;
}

export function Banner({ tone = "info", children, citation, role, testId }: BannerProps) {
  const Icon = ICONS[tone];
  return (
    <div className={tone === "info" ? "banner" : `banner banner--${tone}`} role={role} data-testid={testId}>
      <Icon size={20} aria-hidden="true" />
      <div className="grow">
        {children}
        {citation ? <span className="cite banner__cite">{citation}</span> : null}
      </div>
    </div>
  );
}
