import { useTranslation } from "react-i18next";

import { useText } from "../../../i18n";
import type { ParticipantView } from "../../../protocol";
import { PersonTools } from "../PersonTools";
import { Tile } from "../Tile";
import { useRoomContext } from "../useRoom";
import { attendants } from "./presence";

interface CourtroomSeatProps {
  participant: ParticipantView;
  className?: string;
  /** The larger picture while somebody speaks there; the tools are at its seat. */
  enlarged?: boolean;
}

/** The courtroom's picture, with how many are noted present in it and their names underneath. */
export function CourtroomSeat({ participant, className, enlarged = false }: CourtroomSeatProps) {
  const { t } = useTranslation();
  const text = useText();
  const { view } = useRoomContext();
  const present = attendants(view.participants).filter((person) => person.at_court);
  const names = present.map(({ name }) => name).join(t("atCourt.and"));
  return (
    <Tile
      participant={participant}
      enlarged={enlarged}
      className={`tile--courtroom${className ? ` ${className}` : ""}`}
      plate={
        <>
          <b className="plate__role">{t("atCourt.tile", { count: present.length })}</b>
          <span className="plate__name" title={names}>
            {present.length > 0 ? names : text(view.hearing.courtroom)}
          </span>
        </>
      }
    >
      {enlarged ? null : <PersonTools participant={participant} />}
    </Tile>
  );
}
