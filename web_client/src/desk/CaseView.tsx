import { CalendarPlus, PenLine, Plus, Trash2, UsersRound } from "lucide-react";
import { useState } from "react";

import { remove } from "../core/api";
import { Link, navigate } from "../router";
import { Button, ConfirmDialog, Loading, Tag } from "../ui";
import { CaseForm } from "./CaseForm";
import { HearingForm } from "./HearingForm";
import { Empty, ErrorNote, PageHead, StandingTags } from "./parts";
import { PersonForm } from "./PersonForm";
import { useResource } from "./resource";
import { useHasRole } from "./session";
import type { CaseDetail, Person } from "./wire";
import { personRoleLabel, sideTone, useReader, useWords } from "./words";

interface PersonRowProps {
  person: Person;
  people: Person[];
  onEdit: (() => void) | null;
  onRemove: (() => void) | null;
}

function PersonRow({ person, people, onEdit, onRemove }: PersonRowProps) {
  const t = useWords();
  const principal = people.find((one) => one.id === person.represents);
  return (
    <li className="desk-person" data-testid={`person-${person.id}`}>
      <Tag tone={sideTone(person.side) as "plain"}>{personRoleLabel(t, person.role, person.side)}</Tag>
      <span className="grow">
        <b>{person.name}</b>
        {principal ? <span className="soft"> {t("person.for", { name: principal.name })}</span> : null}
        {person.phone ? <span className="small muted desk-person__phone">{person.phone}</span> : null}
      </span>
      {onEdit ? (
        <Button variant="quiet" icon onPress={onEdit} label={t("person.editOf", { name: person.name })} testId={`edit-${person.id}`}>
          <PenLine size={20} aria-hidden="true" />
        </Button>
      ) : null}
      {onRemove ? (
        <Button
          variant="quiet"
          icon
          onPress={onRemove}
          label={t("person.removeOf", { name: person.name })}
          testId={`remove-${person.id}`}
        >
          <Trash2 size={20} aria-hidden="true" />
        </Button>
      ) : null}
    </li>
  );
}

type Editing = { kind: "none" } | { kind: "new" } | { kind: "person"; id: string };

function PeopleCard({ detail, onChange }: { detail: CaseDetail; onChange: (changed: CaseDetail) => void }) {
  const t = useWords();
  const clerk = useHasRole("clerk");
  const [editing, setEditing] = useState<Editing>({ kind: "none" });
  const [removing, setRemoving] = useState<Person | null>(null);
  return (
    <section className="card" aria-labelledby="case-people-h">
      <div className="card__head">
        <h2 id="case-people-h">{t("person.title")}</h2>
        {clerk && editing.kind === "none" ? (
          <Button
            variant={detail.people.length === 0 ? "primary" : "plain"}
            onPress={() => setEditing({ kind: "new" })}
            testId="add-person"
          >
            <Plus size={16} aria-hidden="true" />
            {t("person.add")}
          </Button>
        ) : null}
      </div>
      {detail.people.length === 0 && editing.kind === "none" ? (
        <Empty icon={UsersRound} title={t("person.none")}>
          <p className="soft">{t("person.noneText")}</p>
        </Empty>
      ) : null}
      <ul className="desk-persons">
        {detail.people.map((person) =>
          editing.kind === "person" && editing.id === person.id ? (
            <li key={person.id}>
              <PersonForm
                detail={detail}
                existing={person}
                onSaved={(changed) => {
                  onChange(changed);
                  setEditing({ kind: "none" });
                }}
                onClose={() => setEditing({ kind: "none" })}
              />
            </li>
          ) : (
            <PersonRow
              key={person.id}
              person={person}
              people={detail.people}
              onEdit={clerk ? () => setEditing({ kind: "person", id: person.id }) : null}
              onRemove={clerk ? () => setRemoving(person) : null}
            />
          ),
        )}
      </ul>
      {editing.kind === "new" ? (
        <PersonForm detail={detail} onSaved={onChange} onClose={() => setEditing({ kind: "none" })} />
      ) : null}
      {removing ? (
        <ConfirmDialog
          title={t("person.removeTitle", { name: removing.name })}
          body={t("person.removeBody")}
          confirm={t("person.remove")}
          danger
          onConfirm={async () => onChange(await remove<CaseDetail>(`cases/${detail.id}/people/${removing.id}`))}
          onClose={() => setRemoving(null)}
        />
      ) : null}
    </section>
  );
}

function HearingsCard({ detail }: { detail: CaseDetail }) {
  const t = useWords();
  const { moment } = useReader();
  const clerk = useHasRole("clerk");
  const nobody = detail.people.length === 0;
  return (
    <section className="card" aria-labelledby="case-hearings-h">
      <div className="card__head">
        <h2 id="case-hearings-h">{t("hearing.list")}</h2>
        {clerk ? (
          <Button
            variant={detail.hearings.length === 0 && !nobody ? "primary" : "plain"}
            onPress={() => navigate(`/desk/cases/${detail.id}/new-hearing`)}
            reason={nobody ? t("hearing.needsPeople") : null}
            testId="new-hearing"
          >
            <CalendarPlus size={16} aria-hidden="true" />
            {t("hearing.new")}
          </Button>
        ) : null}
      </div>
      <div className="card__body desk-stack">
        {detail.hearings.length === 0 ? <p className="soft">{t("hearing.none")}</p> : null}
        {detail.hearings.map((line) => (
          <Link key={line.id} className="desk-hearing-line" href={`/desk/hearings/${line.id}`} data-testid={`hearing-${line.id}`}>
            <span className="grow">
              <b>{line.scheduled_at === null ? t("hearing.noTime") : moment(line.scheduled_at)}</b>
              <span className="soft"> · {t(`stage.${line.stage}`)}</span>
            </span>
            <StandingTags line={line} />
          </Link>
        ))}
      </div>
    </section>
  );
}

/** `/desk/cases/{id}`: what the case is, who is in it, its hearings. */
export function CaseView({ id, newHearing }: { id: string; newHearing: boolean }) {
  const t = useWords();
  const clerk = useHasRole("clerk");
  const resource = useResource<CaseDetail>(`cases/${id}`);
  const [editing, setEditing] = useState(false);
  const detail = resource.value;
  if (detail === undefined) {
    return resource.error === null ? <Loading /> : <ErrorNote error={resource.error} retry={resource.reload} />;
  }
  return (
    <article className="desk-stack" data-testid="case">
      {editing ? (
        <CaseForm
          existing={detail}
          onSaved={(changed) => {
            resource.set(changed);
            setEditing(false);
          }}
          onClose={() => setEditing(false)}
        />
      ) : (
        <PageHead
          kicker={`${detail.number} · ${t(`caseType.${detail.case_type}`)}`}
          title={detail.title}
          below={<p>{detail.cause}</p>}
        >
          {clerk ? (
            <Button onPress={() => setEditing(true)} testId="edit-case">
              <PenLine size={16} aria-hidden="true" />
              {t("cases.editButton")}
            </Button>
          ) : null}
        </PageHead>
      )}
      <ErrorNote error={resource.error} retry={resource.reload} />
      {newHearing && clerk ? (
        <HearingForm detail={detail} />
      ) : (
        <>
          <PeopleCard detail={detail} onChange={resource.set} />
          <HearingsCard detail={detail} />
        </>
      )}
    </article>
  );
}
