import "./screen.css";

import { useTranslation } from "react-i18next";

import type { ParticipantView } from "../../../protocol";
import { CourtroomSeat } from "../courtroom/CourtroomSeat";
import { PersonTools } from "../PersonTools";
import { seatsOf } from "../seats";
import { Tile } from "../Tile";
import { ScreenTile } from "./ScreenTile";

interface ScreenStageProps {
  owner: ParticipantView;
  people: readonly ParticipantView[];
}

/** The room while a screen is shown: the screen large, everybody in one row above it, in the order of their seats. */
export function ScreenStage({ owner, people }: ScreenStageProps) {
  const { t } = useTranslation();
  const seats = seatsOf(people);
  const mediators = seats.strip.filter(({ role }) => role === "mediator");
  const others = seats.strip.filter(({ role }) => role !== "mediator");
  const row = [...mediators, ...seats.bench, ...seats.claimants, ...seats.respondents, ...seats.clerks, ...seats.stand, ...others];
  return (
    <section className="screen-stage" aria-label={t("screen.stage")}>
      <div className="screen-stage__people" role="group" aria-label={t("screen.people")}>
        {row.filter(isHere).map((person) => (
          <Tile key={person.id} participant={person}>
            <PersonTools participant={person} />
          </Tile>
        ))}
        {seats.courtroom.map((courtroom) => (
          <CourtroomSeat key={courtroom.id} participant={courtroom} />
        ))}
      </div>
      <ScreenTile owner={owner} />
    </section>
  );
}

/** An empty seat has its place in the plan; in the row it would only take room from the screen. */
function isHere(person: ParticipantView): boolean {
  return person.place === "main" || person.attends === "at_court";
}
