import { CircleCheck, Gavel, Hourglass, NotebookPen, type LucideIcon } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { useDates } from "../../../i18n";
import type { View } from "../../../protocol";
import { Button } from "../../../ui";
import { useAllowed, useRoomContext } from "../useRoom";

type State = NonNullable<View["own_objection"]>["state"];

const ICONS: Record<State, LucideIcon> = { lodged: Hourglass, noted: NotebookPen, held: Gavel, not_held: CircleCheck };
const RULED: ReadonlySet<State> = new Set<State>(["held", "not_held"]);

// Outside of the component: another layout of the room (a turned tablet) must not bring it back.
let putAway: string | null = null;

/** How the reader's own objection stands. Stays while it is open; once ruled on it can be put away. */
export function OwnObjection() {
  const { t } = useTranslation();
  const { view, ask } = useRoomContext();
  const dates = useDates();
  const lodge = useAllowed()("lodge_objection");
  const [closed, setClosed] = useState(putAway);
  const own = view.own_objection;
  if (!own) return null;
  const key = `${own.at} ${own.state}`;
  if (closed === key) return null;
  // That the hearing must be converted says more than what became of one objection.
  if (RULED.has(own.state) && view.notices.some(({ id }) => id === "must_convert")) return null;
  const Icon = ICONS[own.state];
  const text = t(`objection.own.${own.state}.text`);
  return (
    <div
      className={RULED.has(own.state) ? "banner own-objection" : "banner banner--wait own-objection"}
      role="status"
      data-testid="own-objection"
      data-state={own.state}
    >
      <Icon size={20} aria-hidden="true" />
      <div className="grow">
        <b>{t(`objection.own.${own.state}.title`)}</b>
        <p>
          {text} <time className="small soft">{dates.time(own.ruled_at ?? own.at)}</time>
        </p>
      </div>
      {own.state === "noted" && lodge.reason === null ? (
        <Button onPress={() => ask({ event: "lodge_objection" })} testId="add-reasons">
          {t("objection.own.addReasons")}
        </Button>
      ) : null}
      {RULED.has(own.state) ? (
        <Button variant="quiet" onPress={() => setClosed((putAway = key))} testId="own-objection-close">
          {t("action.close")}
        </Button>
      ) : null}
    </div>
  );
}
