import { Check } from "lucide-react";
import { useId, type ReactNode } from "react";

export interface Option<Value extends string> {
  value: Value;
  label: string;
  /** What follows from it: read with the choice, before it is made. */
  below?: ReactNode;
}

interface ChoicesProps<Value extends string> {
  legend: string;
  value: Value | null;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
  testId: string;
  compact?: boolean;
}

/** One of a few, each with what would follow from it; the platform's own radio buttons. */
export function Choices<Value extends string>(props: ChoicesProps<Value>) {
  const name = useId();
  return (
    <fieldset className={props.compact ? "st-choices st-choices--compact" : "st-choices"} data-testid={props.testId} data-value={props.value ?? ""}>
      <legend className="field__label">{props.legend}</legend>
      {props.options.map(({ value, label, below }) => (
        <label key={value} className="choice st-choice" data-selected={value === props.value || undefined} data-testid={`${props.testId}-${value}`}>
          <input
            type="radio"
            className="sr"
            name={name}
            value={value}
            checked={value === props.value}
            onChange={() => props.onChange(value)}
            aria-describedby={below ? `${name}-${value}` : undefined}
          />
          <span className="choice__box choice__box--round" aria-hidden="true">
            {value === props.value ? <Check size={16} strokeWidth={3} /> : null}
          </span>
          <span>{label}</span>
          {below ? (
            <span className="st-choice__below" id={`${name}-${value}`}>
              {below}
            </span>
          ) : null}
        </label>
      ))}
    </fieldset>
  );
}

interface TickProps {
  checked: boolean;
  label: string;
  below: string;
  onChange: (checked: boolean) => void;
  testId: string;
}

export function Tick({ checked, label, below, onChange, testId }: TickProps) {
  const id = useId();
  return (
    <label className="choice st-choice" data-selected={checked || undefined} data-testid={testId}>
      <input
        type="checkbox"
        className="sr"
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
        aria-describedby={id}
      />
      <span className="choice__box" aria-hidden="true">
        {checked ? <Check size={16} strokeWidth={3} /> : null}
      </span>
      <span>{label}</span>
      <span className="st-choice__below" id={id}>
        {below}
      </span>
    </label>
  );
}
