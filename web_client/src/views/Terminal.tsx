import { Ban, CircleStop, CircleCheck, DoorOpen, Link2Off, Lock, MonitorSmartphone, School, type LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { COURT } from "../core/roles";
import { useText, type BiText } from "../i18n";
import type { JoinInfo } from "../protocol";
import { Link } from "../router";
import { Button } from "../ui";
import { JoinFrame } from "./join/JoinFrame";
import { useSite } from "./Landing";

/** Why the way into the room ends here. */
export type TerminalKind =
  | "closed"
  | "removed"
  | "revoked"
  | "left"
  | "replaced"
  | "cancelled"
  | "terminated"
  | "converted_offline"
  | "signed_out"
  | "broken"
  | "locked"
  | "forbidden"
  | "at_court";

const ICONS: Record<TerminalKind, LucideIcon> = {
  closed: CircleCheck,
  removed: Ban,
  revoked: Link2Off,
  left: DoorOpen,
  replaced: MonitorSmartphone,
  cancelled: Ban,
  terminated: CircleStop,
  converted_offline: School,
  signed_out: DoorOpen,
  broken: Link2Off,
  locked: Lock,
  forbidden: Link2Off,
  at_court: School,
};

/** Where the page's own words are all there is to say: the server's sentence would only say them again. */
const SAID_HERE: ReadonlySet<TerminalKind> = new Set<TerminalKind>([
  "closed",
  "removed",
  "revoked",
  "left",
  "replaced",
  "cancelled",
  "converted_offline",
  "signed_out",
  "locked",
]);

interface TerminalProps {
  kind: TerminalKind;
  /** The server's own sentence, where it gave one. */
  text?: BiText | null;
  info?: JoinInfo | undefined;
  onReturn?: (() => void) | undefined;
  children?: ReactNode;
}

/** A page that says clearly what is so and what can be done: the end of a participation or a link that does not work. */
export function Terminal({ kind, text, info, onReturn, children }: TerminalProps) {
  const { t } = useTranslation();
  const say = useText();
  const site = useSite();
  const hotline = info?.hotline || site?.hotline || "12368";
  const Icon = ICONS[kind];
  // The screen of a courtroom addresses nobody: it says what became of it, and where it is opened again.
  const hall = info?.role === "courtroom" && (kind === "left" || kind === "replaced");
  const given = SAID_HERE.has(kind) && !hall ? "" : say(text);
  const title = t(hall ? `terminal.hall.${kind}` : `terminal.${kind}.title`);
  const next = hall ? t(`terminal.hall.${kind}Next`) : t(`terminal.${kind}.next`, { hotline });
  return (
    <JoinFrame court={info?.court ?? site?.court ?? null} info={info} hotline={hotline}>
      <div className="stack-4" data-testid={`terminal-${kind}`}>
        <Icon size={44} aria-hidden="true" className="terminal-icon" />
        <div className="stack" role="status">
          <h1>{title}</h1>
          {given && given !== title ? <p className="lead">{given}</p> : null}
          {given.includes(next) ? null : <p className={given ? "soft" : "lead"}>{next}</p>}
          {kind === "converted_offline" && !children ? <p>{t("terminal.converted_offline.valid")}</p> : null}
        </div>
        {children}
        {(kind === "closed" || kind === "converted_offline") && info && info.kind === "hearing" && COURT.has(info.role) ? (
          <div className="acts">
            <Link className="btn btn--primary btn--large" href={`/desk/hearings/${info.hearing}/recording`} data-testid="to-recording">
              {t("terminal.toRecording")}
            </Link>
          </div>
        ) : null}
        {onReturn ? (
          <div className="acts">
            <Button variant="primary" large onPress={onReturn} testId="return">
              {t(hall ? "terminal.hall.return" : "terminal.return")}
            </Button>
          </div>
        ) : null}
        {hall ? (
          <div className="acts">
            <Link className="btn btn--large" href={`/desk/hearings/${info.hearing}`} data-testid="to-desk">
              {t("terminal.hall.desk")}
            </Link>
          </div>
        ) : null}
      </div>
    </JoinFrame>
  );
}
