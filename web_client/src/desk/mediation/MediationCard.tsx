import { Check, CircleCheck, CircleDashed, CircleX, Clock } from "lucide-react";
import { useState } from "react";

import { post } from "../../core/api";
import type { MediationDetail, MediationParty } from "../../protocol";
import { Button, Choice, Tag, TextField } from "../../ui";
import { OFFICES } from "../facts";
import { Cite, ErrorNote } from "../parts";
import { useAction } from "../resource";
import { useHasRole } from "../session";
import type { HearingDetail } from "../wire";
import { roleLabel, sideTone, useReader, useWords } from "../words";
import "./mediation.css";

interface Props {
  hearing: HearingDetail;
  onChange: (hearing: HearingDetail) => void;
}

/** A mediation's own matters: how far it has come, whether everybody agrees, and whether the mediator may mediate. */
export function MediationCard({ hearing, onChange }: Props) {
  const t = useWords();
  const mediation = hearing.mediation;
  if (!mediation) return null;
  const ended = mediation.step === "ended";
  return (
    <section className="card desk-mediation" aria-labelledby="mediation-h" data-testid="mediation" data-step={mediation.step}>
      <div className="card__head">
        <h2 id="mediation-h">{t("mediation.title")}</h2>
        <Tag tone="accent">{t(`mediation.step.${mediation.step}`)}</Tag>
      </div>
      <div className="card__body stack-4">
        <Steps mediation={mediation} />
        <Parties hearing={hearing} mediation={mediation} />
        <Assignment hearing={hearing} mediation={mediation} onChange={onChange} open={!ended} />
        <Disclosure hearing={hearing} mediation={mediation} onChange={onChange} open={!ended} />
        <Lawful hearing={hearing} onChange={onChange} open={!ended} />
      </div>
    </section>
  );
}

function Steps({ mediation }: { mediation: MediationDetail }) {
  const t = useWords();
  const now = mediation.steps.indexOf(mediation.step);
  return (
    <ol className="desk-life" aria-label={t("mediation.steps")}>
      {mediation.steps.map((step, index) => {
        const state = index === now ? "now" : index < now ? "done" : "ahead";
        return (
          <li key={step} data-state={state} aria-current={state === "now" ? "step" : undefined}>
            {t(`mediation.step.${step}`)}
          </li>
        );
      })}
    </ol>
  );
}

const ANSWER = { consents: CircleCheck, refuses: CircleX, silent: CircleDashed } as const;
const ANSWER_TONE = { consents: "ok", refuses: "stop", silent: "plain" } as const;

function Parties({ hearing, mediation }: { hearing: HearingDetail; mediation: MediationDetail }) {
  const t = useWords();
  return (
    <ul className="desk-mediation__parties" aria-label={t("mediation.parties")}>
      {mediation.parties.map((party) => (
        <Party key={party.party} hearing={hearing} party={party} asked={mediation.disclosure?.conflict != null} />
      ))}
    </ul>
  );
}

function Party({ hearing, party, asked }: { hearing: HearingDetail; party: MediationParty; asked: boolean }) {
  const t = useWords();
  const person = hearing.participants.find((one) => one.id === party.party);
  const answer = party.accepts_mediator === null ? "silent" : party.accepts_mediator ? "accepts" : "refuses";
  return (
    <li data-testid={`consent-${party.party}`} data-answer={party.answer} data-accepts={String(party.accepts_mediator)}>
      <span className="desk-who">
        {person ? <Tag tone={sideTone(party.side) as "plain"}>{roleLabel(t, person.role, party.side)}</Tag> : null}
        <b>{party.name}</b>
      </span>
      <span className="row wrap">
        <Tag tone={ANSWER_TONE[party.answer]} icon={ANSWER[party.answer]}>
          {t(`mediation.consent.${party.answer}`)}
        </Tag>
        {asked ? (
          <Tag tone={answer === "accepts" ? "ok" : answer === "refuses" ? "stop" : "plain"} icon={answer === "accepts" ? Check : Clock}>
            {t(`mediation.answer.${answer}`)}
          </Tag>
        ) : null}
      </span>
    </li>
  );
}

interface PartProps extends Props {
  mediation: MediationDetail;
  open: boolean;
}

function Assignment({ hearing, mediation, onChange, open }: PartProps) {
  const t = useWords();
  const { moment } = useReader();
  const [declining, setDeclining] = useState(false);
  const [reason, setReason] = useState("");
  const answer = useAction(async (accepted: boolean) => {
    onChange(await post<HearingDetail>(`hearings/${hearing.id}/assignment`, { accepted, reason: accepted ? "" : reason.trim() }));
    setDeclining(false);
  });
  const given = mediation.assignment;
  const may = open && mediation.own && (hearing.actions.answer_assignment?.allowed ?? false);
  return (
    <div className="desk-mediation__part" data-testid="assignment" data-accepted={String(given?.accepted ?? null)}>
      <h3>{t("mediation.assignment.title", { name: mediation.mediator })}</h3>
      <p>
        {given === null
          ? t(mediation.own ? "mediation.assignment.askedYou" : "mediation.assignment.asked")
          : given.accepted
            ? t("mediation.assignment.accepted", { when: moment(given.at) })
            : t("mediation.assignment.declined", { when: moment(given.at), reason: given.reason })}
      </p>
      {may && declining ? (
        <TextField label={t("mediation.assignment.reason")} value={reason} onChange={setReason} rows={2} maxLength={2000} testId="decline-reason" />
      ) : null}
      <ErrorNote error={answer.error} />
      {may ? (
        <div className="row wrap">
          {given?.accepted ? null : (
            <Button variant="primary" working={answer.working} onPress={() => void answer.run(true)} testId="accept-assignment">
              {t("mediation.assignment.accept")}
            </Button>
          )}
          {given?.accepted === false ? null : declining ? (
            <Button
              variant="danger"
              reason={reason.trim() ? null : t("mediation.assignment.reasonNeeded")}
              working={answer.working}
              onPress={() => void answer.run(false)}
              testId="confirm-decline"
            >
              {t("mediation.assignment.confirmDecline")}
            </Button>
          ) : (
            <Button variant={given?.accepted ? "quiet" : "plain"} onPress={() => setDeclining(true)} testId="decline-assignment">
              {t("mediation.assignment.decline")}
            </Button>
          )}
        </div>
      ) : null}
    </div>
  );
}

type Tie = "none" | "some";

function Disclosure({ hearing, mediation, onChange, open }: PartProps) {
  const t = useWords();
  const { moment } = useReader();
  const made = mediation.disclosure;
  const [editing, setEditing] = useState(false);
  const [tie, setTie] = useState<Tie>(made?.conflict == null ? "none" : "some");
  const [words, setWords] = useState(made?.conflict ?? "");
  const disclose = useAction(async () => {
    const conflict = tie === "none" ? null : words.trim();
    onChange(await post<HearingDetail>(`hearings/${hearing.id}/disclosure`, { conflict }));
    setEditing(false);
  });
  const may = open && mediation.own && (hearing.actions.disclose_conflict?.allowed ?? false);
  const form = may && (made === null || editing);
  return (
    <div className="desk-mediation__part" data-testid="disclosure" data-conflict={mediation.conflict}>
      <h3>
        {t("mediation.disclosure.title")} <Cite>OMR 13, 14</Cite>
      </h3>
      {made === null ? (
        <p>{t(mediation.own ? "mediation.disclosure.askedYou" : "mediation.disclosure.asked")}</p>
      ) : (
        <>
          <p>{t(made.conflict === null ? "mediation.disclosure.none" : "mediation.disclosure.some", { when: moment(made.at) })}</p>
          {made.conflict === null ? null : (
            <>
              <blockquote className="desk-mediation__told">{made.conflict}</blockquote>
              <p className="small soft">{t(`mediation.disclosure.state.${mediation.conflict}`)}</p>
            </>
          )}
        </>
      )}
      {form ? (
        <>
          {/* A tie that was disclosed is not taken back, only told anew. */}
          {made?.conflict == null ? (
            <Choice<Tie>
              label={t("mediation.disclosure.choice")}
              value={tie}
              onChange={setTie}
              options={(["none", "some"] as const).map((value) => ({ value, label: t(`mediation.disclosure.tie.${value}`) }))}
              testId="disclosure-tie"
            />
          ) : null}
          {tie === "some" ? (
            <TextField
              label={t("mediation.disclosure.words")}
              hint={t("mediation.disclosure.wordsHint")}
              value={words}
              onChange={setWords}
              rows={3}
              maxLength={4000}
              testId="disclosure-words"
            />
          ) : null}
          {made !== null ? <p className="small soft">{t("mediation.disclosure.anew")}</p> : null}
        </>
      ) : null}
      <ErrorNote error={disclose.error} />
      {form ? (
        <div className="row wrap">
          <Button
            variant="primary"
            reason={tie === "some" && words.trim() === "" ? t("mediation.disclosure.wordsNeeded") : null}
            working={disclose.working}
            onPress={() => void disclose.run()}
            testId="disclose"
          >
            {t("mediation.disclosure.submit")}
          </Button>
          {made !== null ? <Button onPress={() => setEditing(false)}>{t("form.giveUp")}</Button> : null}
        </div>
      ) : may ? (
        <div className="row">
          <Button variant="quiet" onPress={() => setEditing(true)} testId="disclose-anew">
            {t("mediation.disclosure.change")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** Whether the law lets this dispute be mediated: stated by the case-filing office. */
function Lawful({ hearing, onChange, open }: Props & { open: boolean }) {
  const t = useWords();
  const clerk = useHasRole("clerk");
  const stated = hearing.assertions.filter((one) => one.key === "mediation_lawful").at(-1);
  const lawful = stated?.value !== false;
  const state = useAction(async (value: boolean) => {
    const body = { key: "mediation_lawful", value, asserted_by: OFFICES.case_filing_office, how: "desk", note: "" };
    onChange(await post<HearingDetail>(`hearings/${hearing.id}/facts`, body));
  });
  if (!clerk && lawful) return null;
  return (
    <div className="desk-mediation__part" data-testid="lawful" data-lawful={lawful}>
      <h3>
        {t("mediation.lawful.title")} <Cite>OMR 3</Cite>
      </h3>
      <p>{t(lawful ? "mediation.lawful.yes" : "mediation.lawful.no")}</p>
      <ErrorNote error={state.error} />
      {clerk && open ? (
        <div className="row">
          <Button variant="quiet" working={state.working} onPress={() => void state.run(!lawful)} testId="state-lawful">
            {t(lawful ? "mediation.lawful.stateNo" : "mediation.lawful.stateYes")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
