import { CircleCheck, PlugZap, Undo2, UserCheck, UserX } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import type { DeskParticipant } from "../../../protocol";
import { Button, Card, ConfirmDialog } from "../../../ui";
import { IdentityDialog } from "../IdentityDialog";
import { useAllowed, useRoomContext } from "../useRoom";
import { AttendantLine } from "./AtCourtPlate";
import { attendants, courtroomOf } from "./presence";

/** For bench and clerk: whether the courtroom is connected, and who of those to come is there. */
export function AtCourtCard({ desk }: { desk: readonly DeskParticipant[] }) {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const people = attendants(desk);
  const courtroom = courtroomOf(view.participants);
  if (people.length === 0) return null;
  const connected = courtroom?.connected ?? false;
  const Mark = connected ? CircleCheck : PlugZap;
  const present = people.filter(({ at_court }) => at_court).length;
  return (
    <Card
      className="at-court-card"
      title={t("atCourt.title")}
      aside={
        <span className={present < people.length ? "count count--hot" : "count"}>
          {present}/{people.length}
        </span>
      }
      testId="at-court"
    >
      <p className={connected ? "at-court-card__line at-court-card__line--on" : "at-court-card__line"} data-testid="courtroom-connected" data-connected={connected}>
        <Mark size={18} aria-hidden="true" />
        {t(connected ? "atCourt.connected" : courtroom?.state === "disconnected" ? "atCourt.lost" : "atCourt.notOpened")}
      </p>
      <ul className="people">
        {people.map((person) => (
          <Attendant key={person.id} person={person} />
        ))}
      </ul>
    </Card>
  );
}

function Attendant({ person }: { person: DeskParticipant }) {
  const { t } = useTranslation();
  const { room, ask } = useRoomContext();
  const allowed = useAllowed();
  const [noting, setNoting] = useState(false);
  const [takingBack, setTakingBack] = useState(false);
  const note = allowed("note_present_at_court");
  const absent = allowed("note_absent");
  return (
    <li className="person" data-testid={`attendant-${person.id}`} data-present={person.at_court}>
      <AttendantLine person={person} />
      {note.shown ? (
        <div className="person__acts">
          {person.at_court ? (
            <Button variant="quiet" reason={note.reason} onPress={() => setTakingBack(true)} testId={`left-court-${person.id}`}>
              <Undo2 size={18} aria-hidden="true" />
              {t("atCourt.takeBack")}
            </Button>
          ) : (
            <Button variant="primary" reason={note.reason} onPress={() => setNoting(true)} testId={`note-present-${person.id}`}>
              <UserCheck size={18} aria-hidden="true" />
              {t("atCourt.note")}
            </Button>
          )}
          {!person.at_court && absent.shown && absent.reason === null ? (
            <Button
              variant="quiet"
              onPress={() => ask({ event: "note_absent", participant: person.id, name: person.name })}
              testId={`note-absent-${person.id}`}
            >
              <UserX size={18} aria-hidden="true" />
              {t("waiting.noteAbsent")}
            </Button>
          ) : null}
        </div>
      ) : null}
      {noting ? <PresentDialog person={person} onClose={() => setNoting(false)} /> : null}
      {takingBack ? (
        <ConfirmDialog
          title={t("atCourt.takeBackTitle", { name: person.name })}
          body={t("atCourt.takeBackBody")}
          confirm={t("atCourt.takeBack")}
          danger
          onConfirm={() => room.request("note_present_at_court", { participant_id: person.id, present: false })}
          onClose={() => setTakingBack(false)}
          testId="dialog-left-court"
        />
      ) : null}
    </li>
  );
}

/** Presence goes on the record with how the identity was checked in the courtroom (OLR 7). */
function PresentDialog({ person, onClose }: { person: DeskParticipant; onClose: () => void }) {
  const { t } = useTranslation();
  const { room } = useRoomContext();
  return (
    <IdentityDialog
      title={t("atCourt.noteTitle", { name: person.name })}
      confirm={t("atCourt.noteConfirm")}
      what="present"
      onConfirm={(method) => room.request("note_present_at_court", { participant_id: person.id, present: true, method })}
      onClose={onClose}
    >
      <p className="soft">{t("atCourt.noteBody")}</p>
    </IdentityDialog>
  );
}
