import {
  CircleCheck,
  Hourglass,
  OctagonX,
  Split,
  TriangleAlert,
  type LucideIcon,
} from "lucide-react";
import { useId, useState, type ReactNode } from "react";

import type { ApiError } from "../core/api";
import { Button, Tag } from "../ui";
import { ENDED_PHASES, phaseTone } from "./lifecycle";
import type { HearingLine, Outcome, PhaseName } from "./wire";
import { useReader, useWords } from "./words";

export const OUTCOME_ICON: Record<Outcome, LucideIcon> = {
  allow: CircleCheck,
  warn: TriangleAlert,
  hybrid: Split,
  await_ruling: Hourglass,
  block: OctagonX,
};

export const OUTCOME_TONE = {
  allow: "ok",
  warn: "brass",
  hybrid: "mixed",
  await_ruling: "wait",
  block: "stop",
} as const satisfies Record<Outcome, string>;

export function OutcomeTag({ outcome }: { outcome: Outcome }) {
  const t = useWords();
  return (
    <Tag tone={OUTCOME_TONE[outcome]} icon={OUTCOME_ICON[outcome]}>
      {t(`outcome.${outcome}.tag`)}
    </Tag>
  );
}

/** Phase and outcome of a hearing in a list, without saying the same twice: some phases are their outcome. */
export function StandingTags({ line }: { line: HearingLine }) {
  const said: readonly PhaseName[] = ["blocked", "hybrid", "awaiting_ruling"];
  if (line.outcome !== null && said.includes(line.phase)) return <OutcomeTag outcome={line.outcome} />;
  const ended = ENDED_PHASES.includes(line.phase);
  return (
    <>
      <PhaseTag phase={line.phase} />
      {line.outcome !== null && line.outcome !== "allow" && !ended ? <OutcomeTag outcome={line.outcome} /> : null}
    </>
  );
}

export function FindingTag({ outcome }: { outcome: Outcome }) {
  const t = useWords();
  return <Tag tone={OUTCOME_TONE[outcome]}>{t(`outcome.${outcome}.finding`)}</Tag>;
}

export function PhaseTag({ phase }: { phase: PhaseName }) {
  const t = useWords();
  return <Tag tone={phaseTone(phase)}>{t(`phase.${phase}`)}</Tag>;
}

export function Cite({ children }: { children: string }) {
  const { cite } = useReader();
  return <span className="cite">{cite(children)}</span>;
}

/** Why a request failed, with the rule where the server named one. Read out once, never takes the focus. */
export function ErrorNote({ error, retry }: { error: ApiError | null; retry?: () => void }) {
  const t = useWords();
  const { text } = useReader();
  if (error === null) return null;
  return (
    <div className="banner banner--stop" role="alert" data-testid="error">
      <TriangleAlert size={20} aria-hidden="true" />
      <div className="grow">
        <p>
          {text(error.text)} {error.citation ? <Cite>{error.citation}</Cite> : null}
        </p>
        {error.status === 0 ? <p className="small soft">{t("error.nothingLost")}</p> : null}
      </div>
      {retry ? <Button onPress={retry}>{t("error.retry")}</Button> : null}
    </div>
  );
}

export function Empty({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="desk-empty">
      <Icon size={32} aria-hidden="true" />
      <p className="desk-empty__title">{title}</p>
      {children}
    </div>
  );
}

export interface SelectProps<V extends string> {
  label: string;
  hint?: string | undefined;
  value: V | "";
  options: readonly { value: V; label: string }[];
  onChange: (value: V) => void;
  testId?: string;
  disabled?: boolean;
  error?: string | null | undefined;
  placeholder?: string;
}

/** One of many, in the platform's own list. `placeholder` stands for "nothing chosen" (the empty value). */
export function SelectField<V extends string>(props: SelectProps<V>) {
  const id = useId();
  const described = [props.hint ? `${id}-hint` : "", props.error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label className="field__label" htmlFor={id}>
        {props.label}
      </label>
      <select
        id={id}
        className="input"
        value={props.value}
        disabled={props.disabled}
        data-testid={props.testId}
        aria-describedby={described || undefined}
        aria-invalid={props.error ? true : undefined}
        onChange={(event) => props.onChange(event.target.value as V)}
      >
        {props.placeholder !== undefined ? <option value="">{props.placeholder}</option> : null}
        {props.options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {props.hint ? (
        <span className="field__hint" id={`${id}-hint`}>
          {props.hint}
        </span>
      ) : null}
      {props.error ? (
        <span className="field__error" id={`${id}-error`}>
          {props.error}
        </span>
      ) : null}
    </div>
  );
}

export interface SegmentsProps<V extends string> {
  label: string;
  value: V | null;
  options: readonly { value: V; label: string }[];
  onChange: (value: V) => void;
  disabled?: boolean;
  testId?: string;
}

/** One of a few, all in view: radio buttons drawn as a row that wraps on a phone. */
export function Segments<V extends string>({ label, value, options, onChange, disabled, testId }: SegmentsProps<V>) {
  const name = useId();
  return (
    <fieldset className="desk-seg-field" data-testid={testId} data-value={value ?? ""}>
      <legend className="field__label">{label}</legend>
      <div className="desk-seg">
        {options.map((option) => (
          <label key={option.value} className="desk-seg__item" data-selected={option.value === value || undefined}>
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              disabled={disabled}
              onChange={() => onChange(option.value)}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Copies a text and says so on the button itself. */
export function CopyButton({ text, label, testId }: { text: string; label: string; testId?: string }) {
  const t = useWords();
  const [state, setState] = useState<"rest" | "done" | "failed">("rest");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("done");
    } catch {
      setState("failed");
    }
  };
  const words = { rest: label, done: t("copy.done"), failed: t("copy.failed") }[state];
  return (
    <Button onPress={() => void copy()} testId={testId}>
      <span aria-live="polite">{words}</span>
    </Button>
  );
}

/** The head of a page: what it is, what it belongs to, what can be done. */
export function PageHead(props: { kicker?: ReactNode; title: string; below?: ReactNode; children?: ReactNode }) {
  return (
    <div className="desk-head">
      <div className="grow">
        {props.kicker ? <p className="small soft">{props.kicker}</p> : null}
        <h1>{props.title}</h1>
        {props.below ? <div className="soft desk-head__below">{props.below}</div> : null}
      </div>
      {props.children ? <div className="row wrap desk-head__acts">{props.children}</div> : null}
    </div>
  );
}
