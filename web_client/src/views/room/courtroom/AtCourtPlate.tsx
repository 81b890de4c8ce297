import "./seat.css";

import { Hourglass, Landmark, UserCheck, UserX } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import type { ParticipantView } from "../../../protocol";
import { useRoleLabel } from "../../labels";
import { sideClass } from "../seats";

/** The seat of somebody who attends in person: no picture of their own, but whether the clerk has noted them there. */
export function AtCourtPlate({ participant, className, children }: { participant: ParticipantView; className?: string; children?: ReactNode }) {
  const { t } = useTranslation();
  const role = useRoleLabel();
  const there = participant.at_court;
  const Mark = there ? UserCheck : Hourglass;
  return (
    <figure
      className={`tile tile--${sideClass(participant)} tile--at-court${className ? ` ${className}` : ""}`}
      data-testid={`tile-${participant.id}`}
      data-at-court={there ? "present" : "expected"}
    >
      <div className="tile__at-court">
        <span className="tile__at-court-mark" aria-hidden="true">
          <Landmark size={26} />
          <Mark size={18} className="tile__at-court-sign" />
        </span>
        <b>{t("atCourt.seat")}</b>
        <span>{t(there ? "atCourt.present" : "atCourt.expected")}</span>
      </div>
      {children ? <div className="tile__tools">{children}</div> : null}
      <figcaption className="plate">
        <span className="plate__who">
          <b className="plate__role">{role(participant.role, participant.side)}</b>
          <span className="plate__name" title={participant.name}>
            {participant.name}
          </span>
        </span>
      </figcaption>
    </figure>
  );
}

/** One person of those at court in a list: name, role, and whether they are there, in words and by a shape. */
export function AttendantLine({ person, absent }: { person: { name: string; role: ParticipantView["role"]; side: ParticipantView["side"]; at_court?: boolean }; absent?: boolean }) {
  const { t } = useTranslation();
  const role = useRoleLabel();
  const Mark = person.at_court ? UserCheck : absent ? UserX : Hourglass;
  return (
    <span className="attendant" data-present={person.at_court}>
      <Mark size={20} aria-hidden="true" />
      <span className="attendant__who">
        <b>{person.name}</b> <span className="soft">{role(person.role, person.side)}</span>
      </span>
      <span className="attendant__state">{t(person.at_court ? "atCourt.presentShort" : absent ? "atCourt.absentShort" : "atCourt.expectedShort")}</span>
    </span>
  );
}
