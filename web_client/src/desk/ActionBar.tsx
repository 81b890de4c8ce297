import { CalendarCheck, CircleX, DoorOpen, RefreshCw, Scale, type LucideIcon } from "lucide-react";
import { useState } from "react";

import { post } from "../core/api";
import { navigate } from "../router";
import { Button, ConfirmDialog } from "../ui";
import { offeredActions, type ActionName } from "./lifecycle";
import { Cite, ErrorNote } from "./parts";
import { useAction } from "./resource";
import { useHasRole } from "./session";
import type { HearingDetail, ParticipationRef } from "./wire";
import { useReader, useWords } from "./words";

const ICON: Record<ActionName, LucideIcon> = {
  determine: Scale,
  schedule: CalendarCheck,
  open_lobby: DoorOpen,
  enter: DoorOpen,
  cancel: CircleX,
};
const PATH: Record<Exclude<ActionName, "enter" | "cancel">, string> = {
  determine: "determine",
  schedule: "schedule",
  open_lobby: "open-lobby",
};
const TEST_ID: Record<ActionName, string> = {
  determine: "determine",
  schedule: "schedule",
  open_lobby: "open-lobby",
  enter: "enter",
  cancel: "cancel-hearing",
};

interface Props {
  hearing: HearingDetail;
  onChange: (hearing: HearingDetail) => void;
}

/** What can be done with a hearing now. What cannot be is said with its reason and the rule, not hidden. */
export function ActionBar({ hearing, onChange }: Props) {
  const t = useWords();
  const { text } = useReader();
  const [cancelling, setCancelling] = useState(false);
  const [doing, setDoing] = useState<ActionName | null>(null);
  const step = useAction(async (name: ActionName) => {
    setDoing(name);
    if (name === "enter") {
      const { participation } = await post<ParticipationRef>(`hearings/${hearing.id}/enter`);
      navigate(`/p/${participation}`);
    } else if (name !== "cancel") {
      onChange(await post<HearingDetail>(`hearings/${hearing.id}/${PATH[name]}`));
    }
  });
  const clerk = useHasRole("clerk");
  // A mediator opens the room and enters it; what is the clerk's for good is not shown to be refused.
  const offered = offeredActions(hearing.phase, hearing.actions).filter(
    ({ name, info }) => info.allowed || clerk || !hearing.mediation || name === "open_lobby" || name === "enter",
  );
  const refused = offered.filter((action) => !action.info.allowed && action.info.reason);
  const again = hearing.determination !== null;
  if (offered.length === 0) return null;
  return (
    <div className="desk-actions">
      <div className="row wrap">
        {offered.map(({ name, info, primary: furthest }) => {
          // Checking once more what is current is possible, but not what the page is about.
          const primary = furthest && !(name === "determine" && hearing.determination?.current);
          const Icon = name === "determine" && again ? RefreshCw : ICON[name];
          return (
            <Button
              key={name}
              variant={name === "cancel" ? "danger" : primary ? "primary" : "plain"}
              reason={info.allowed ? null : text(info.reason) || t("action.refused")}
              working={step.working && doing === name}
              disabled={step.working && doing !== name}
              onPress={() => (name === "cancel" ? setCancelling(true) : void step.run(name))}
              testId={TEST_ID[name]}
            >
              <Icon size={16} aria-hidden="true" />
              {t(name === "determine" && again ? "action.determineAgain" : `action.${name}`)}
            </Button>
          );
        })}
      </div>
      {refused.length > 0 ? (
        <ul className="desk-refused small" data-testid="refused">
          {refused.map(({ name, info }) => (
            <li key={name}>
              <b>{t("action.cannot", { action: t(`action.${name}`) })}</b> {text(info.reason)}{" "}
              {info.citation ? <Cite>{info.citation}</Cite> : null}
            </li>
          ))}
        </ul>
      ) : null}
      <ErrorNote error={step.error} />
      {cancelling ? (
        <ConfirmDialog
          title={t("cancel.title")}
          body={t("cancel.body")}
          confirm={t("cancel.confirm")}
          danger
          reasonLabel={t("cancel.reason")}
          onConfirm={async (reason) => onChange(await post<HearingDetail>(`hearings/${hearing.id}/cancel`, { reason }))}
          onClose={() => setCancelling(false)}
          testId="cancel-dialog"
        />
      ) : null}
    </div>
  );
}
