import { Tag, TextField } from "../ui";
import { useDraft } from "./draft";
import { FactGroup, StatedLine, type SheetProps } from "./FactGroup";
import {
  agentsOf,
  asPosition,
  CAPABILITIES,
  CLOSED,
  COMPLEXITIES,
  forOtherStages,
  IMPACTS,
  NEEDS,
  partiesOf,
  POSITIONS,
  SERVICES,
  stagesOf,
  witnessesOf,
  type Position,
  type PositionValue,
} from "./facts";
import { EMPTY_SHEET, isLocked, shownValue, stated, type Sheet } from "./factSheet";
import { ENDED_PHASES } from "./lifecycle";
import { Segments, SelectField } from "./parts";
import { useMe } from "./session";
import type { HearingDetail, HearingParticipant, Stage } from "./wire";
import { roleLabel, sideTone, useReader, useWords } from "./words";

interface FactProps extends SheetProps {
  factKey: string;
}

function set({ sheet, setSheet }: SheetProps, key: string, value: unknown): void {
  setSheet({ ...sheet, values: { ...sheet.values, [key]: value } });
}

/** Position of a party or of its agent, the stage it is given for, and the reasons of an objection. */
function PositionFact({ testId, label, ...props }: FactProps & { testId: string; label: string }) {
  const t = useWords();
  const { moment } = useReader();
  const { hearing, sheet, factKey } = props;
  const value = asPosition(shownValue(hearing, sheet, factKey), hearing.stage) as PositionValue;
  const unsaid = stated(hearing, factKey) === null && !(factKey in sheet.values);
  const locked = isLocked(hearing, factKey);
  const change = (part: Partial<PositionValue>) => set(props, factKey, { ...value, ...part });
  const reasoned = value.position === "objects" || value.position === "retracts";
  return (
    <div className="stack">
      <Segments<Position>
        label={label}
        value={unsaid ? null : value.position}
        onChange={(position) => change({ position })}
        options={POSITIONS.filter((one) => one !== "chose_online" || hearing.kind === "hearing").map((one) => ({
          value: one,
          label: t(`position.${one}`),
        }))}
        disabled={locked}
        testId={testId}
      />
      {unsaid ? <p className="small muted">{t("position.unsaidLong")}</p> : null}
      {!unsaid && (value.stage !== hearing.stage || factKey in sheet.values) ? (
        <SelectField<Stage>
          label={t("fact.stage")}
          value={value.stage}
          onChange={(stage) => change({ stage })}
          options={stagesOf(hearing).map((one) => ({ value: one, label: t(`stage.${one}`) }))}
          disabled={locked}
          hint={value.stage === hearing.stage ? undefined : t("fact.otherStage", { stage: t(`stage.${hearing.stage}`) })}
          testId={`${testId}-stage`}
        />
      ) : null}
      {!unsaid && reasoned ? (
        <TextField
          label={t("fact.reasons")}
          hint={value.position === "objects" ? t("fact.reasonsHint") : undefined}
          value={value.reasons}
          onChange={(reasons) => change({ reasons })}
          rows={2}
          maxLength={1500}
          disabled={locked}
          testId={`${testId}-reasons`}
        />
      ) : null}
      <StatedLine hearing={hearing} factKey={factKey} />
      {forOtherStages(hearing, factKey).map((other) => {
        const given = asPosition(other.value, hearing.stage) as PositionValue;
        return (
          <p key={other.id} className="small soft">
            {t("fact.alsoFor", { stage: t(`stage.${given.stage}`), position: t(`position.${given.position}`), at: moment(other.at) })}
          </p>
        );
      })}
    </div>
  );
}

interface ChoiceFactProps<V extends string> extends FactProps {
  label: string;
  options: readonly V[];
  words: string;
  testId: string;
}

function ChoiceFact<V extends string>({ label, options, words, testId, ...props }: ChoiceFactProps<V>) {
  const t = useWords();
  return (
    <div className="stack">
      <SelectField<V>
        label={label}
        value={shownValue(props.hearing, props.sheet, props.factKey) as V}
        onChange={(value) => set(props, props.factKey, value)}
        options={options.map((value) => ({ value, label: t(`${words}.${value as string}`) }))}
        disabled={isLocked(props.hearing, props.factKey)}
        testId={testId}
      />
      <StatedLine hearing={props.hearing} factKey={props.factKey} />
    </div>
  );
}

function YesNoFact({ label, testId, ...props }: FactProps & { label: string; testId: string }) {
  const t = useWords();
  const value = shownValue(props.hearing, props.sheet, props.factKey) === true;
  return (
    <div className="stack">
      <Segments<"no" | "yes">
        label={label}
        value={value ? "yes" : "no"}
        onChange={(chosen) => set(props, props.factKey, chosen === "yes")}
        options={[
          { value: "no", label: t("fact.no") },
          { value: "yes", label: t("fact.yes") },
        ]}
        disabled={isLocked(props.hearing, props.factKey)}
        testId={testId}
      />
      <StatedLine hearing={props.hearing} factKey={props.factKey} />
    </div>
  );
}

function Person({ person }: { person: HearingParticipant }) {
  const t = useWords();
  return (
    <span className="desk-who">
      <Tag tone={sideTone(person.side) as "plain"}>{roleLabel(t, person.role, person.side)}</Tag>
      {person.name}
    </span>
  );
}

/** What this side says must be seen in court; "which one" is in the note. The court's own needs are with the case. */
function SideNeeds({ party, ...props }: SheetProps & { party: HearingParticipant }) {
  const t = useWords();
  return (
    <fieldset className="desk-bare stack">
      <legend className="small soft">{t("fact.sideNeeds")}</legend>
      <div className="desk-three-fields">
        {NEEDS.map((need) => (
          <YesNoFact
            key={need}
            {...props}
            factKey={`need:${need}:${party.id}`}
            label={t(`need.${need}`)}
            testId={`need-${need}-${party.id}`}
          />
        ))}
      </div>
    </fieldset>
  );
}

function AgentFacts({ party, agent, ...props }: SheetProps & { party: HearingParticipant; agent: HearingParticipant }) {
  const t = useWords();
  const key = `agent_position:${party.id}:${agent.id}`;
  return (
    <FactGroup {...props} group={agent.id} title={<Person person={agent} />} keys={[key]} who={agent.id}>
      <PositionFact {...props} factKey={key} label={t("fact.agentPosition")} testId={`position-${agent.id}`} />
    </FactGroup>
  );
}

function PartyFacts({ party, ...props }: SheetProps & { party: HearingParticipant }) {
  const t = useWords();
  const own = [`position:${party.id}`, `capability:${party.id}`, `served_by:${party.id}`];
  const keys = [...own, ...NEEDS.map((need) => `need:${need}:${party.id}`)];
  const asSuch = `agent_position:${party.id}`;
  return (
    <>
      <FactGroup {...props} group={party.id} title={<Person person={party} />} keys={keys} who={party.id}>
        <PositionFact {...props} factKey={`position:${party.id}`} label={t("fact.position")} testId={`position-${party.id}`} />
        <div className="desk-two-fields">
          <ChoiceFact
            {...props}
            factKey={`capability:${party.id}`}
            label={t("fact.capability")}
            options={CAPABILITIES}
            words="capability"
            testId={`capability-${party.id}`}
          />
          <ChoiceFact
            {...props}
            factKey={`served_by:${party.id}`}
            label={t("fact.served")}
            options={SERVICES}
            words="served"
            testId={`served-${party.id}`}
          />
        </div>
        {props.hearing.kind === "mediation" ? null : <SideNeeds {...props} party={party} />}
      </FactGroup>
      {agentsOf(props.hearing, party).map((agent) => (
        <AgentFacts key={agent.id} {...props} party={party} agent={agent} />
      ))}
      {stated(props.hearing, asSuch) ? (
        <FactGroup {...props} group={`agents-${party.id}`} title={t("fact.agentsAsSuch")} keys={[asSuch]} who={party.id}>
          <PositionFact {...props} factKey={asSuch} label={t("fact.agentPosition")} testId={`agent-position-${party.id}`} />
        </FactGroup>
      ) : null}
    </>
  );
}

function CaseFacts(props: SheetProps) {
  const t = useWords();
  const needs = NEEDS.map((need) => `need:${need}`);
  return (
    <>
      <FactGroup {...props} group="needs" title={t("fact.needs")} keys={needs} who="court">
        <div className="desk-three-fields">
          {NEEDS.map((need) => (
            <YesNoFact key={need} {...props} factKey={`need:${need}`} label={t(`need.${need}`)} testId={`need-${need}`} />
          ))}
        </div>
      </FactGroup>
      <FactGroup
        {...props}
        group="case"
        title={t("fact.case")}
        keys={["closed", "complexity", "social_impact"]}
        who="case_filing_office"
      >
        <ChoiceFact {...props} factKey="closed" label={t("fact.closed")} options={CLOSED} words="closed" testId="fact-closed" />
        <div className="desk-two-fields">
          <ChoiceFact
            {...props}
            factKey="complexity"
            label={t("fact.complexity")}
            options={COMPLEXITIES}
            words="complexity"
            testId="fact-complexity"
          />
          <ChoiceFact
            {...props}
            factKey="social_impact"
            label={t("fact.impact")}
            options={IMPACTS}
            words="impact"
            testId="fact-impact"
          />
        </div>
      </FactGroup>
    </>
  );
}

interface CardProps {
  hearing: HearingDetail;
  onChange: (hearing: HearingDetail) => void;
}

/** All facts that the gate decides on, each with who asserted it and how. */
export function FactsCard({ hearing, onChange }: CardProps) {
  const t = useWords();
  const me = useMe();
  const [sheet, setSheet] = useDraft<Sheet>(`${me.id}.facts.${hearing.id}`, EMPTY_SHEET);
  const shared: SheetProps = { hearing, sheet, setSheet, onChange };
  return (
    <section className="card desk-facts" aria-labelledby="facts-h">
      <div className="card__head desk-card-line">
        <h2 id="facts-h">{t("fact.title")}</h2>
        <span className="small soft">{t("fact.lead")}</span>
      </div>
      <fieldset className="desk-bare" disabled={ENDED_PHASES.includes(hearing.phase)}>
        {partiesOf(hearing).map((party) => (
          <PartyFacts key={party.id} {...shared} party={party} />
        ))}
        {witnessesOf(hearing).map((witness) => (
          <FactGroup
            key={witness.id}
            {...shared}
            group={witness.id}
            title={<Person person={witness} />}
            keys={[`witness_objection:${witness.id}`]}
            who={partiesOf(hearing)[0]?.id ?? "court"}
          >
            <YesNoFact
              {...shared}
              factKey={`witness_objection:${witness.id}`}
              label={t("fact.witnessObjection")}
              testId={`witness-objection-${witness.id}`}
            />
          </FactGroup>
        ))}
        {hearing.kind === "mediation" ? null : <CaseFacts {...shared} />}
      </fieldset>
    </section>
  );
}
