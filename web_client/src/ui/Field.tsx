import { Check } from "lucide-react";
import type { HTMLAttributes, ReactNode } from "react";
import {
  Checkbox as AriaCheckbox,
  FieldError,
  Input,
  Label,
  Radio,
  RadioGroup,
  Text,
  TextArea,
  TextField as AriaTextField,
} from "react-aria-components";

interface TextFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: string | undefined;
  error?: string | null | undefined;
  type?: "text" | "password" | "tel" | "datetime-local" | "date";
  inputMode?: HTMLAttributes<HTMLInputElement>["inputMode"];
  autoComplete?: string;
  maxLength?: number;
  rows?: number;
  required?: boolean;
  disabled?: boolean;
  testId?: string;
  className?: string;
  placeholder?: string;
}

/** A labelled text field; with `rows` a text area. The error is tied to the field for screen readers. */
export function TextField(props: TextFieldProps) {
  const inputClass = props.className ? `input ${props.className}` : "input";
  return (
    <AriaTextField
      className="field"
      value={props.value}
      onChange={props.onChange}
      isInvalid={Boolean(props.error)}
      isRequired={props.required ?? false}
      isDisabled={props.disabled ?? false}
      validationBehavior="aria"
      type={props.type === "datetime-local" || props.type === "date" ? "text" : (props.type ?? "text")}
      {...(props.inputMode ? { inputMode: props.inputMode } : {})}
      {...(props.autoComplete ? { autoComplete: props.autoComplete } : {})}
      {...(props.maxLength ? { maxLength: props.maxLength } : {})}
    >
      <Label className="field__label">{props.label}</Label>
      {props.rows ? (
        <TextArea className={inputClass} rows={props.rows} data-testid={props.testId} placeholder={props.placeholder} />
      ) : (
        <Input
          className={inputClass}
          data-testid={props.testId}
          placeholder={props.placeholder}
          {...(props.type ? { type: props.type } : {})}
        />
      )}
      {props.hint ? (
        <Text slot="description" className="field__hint">
          {props.hint}
        </Text>
      ) : null}
      <FieldError className="field__error">{props.error}</FieldError>
    </AriaTextField>
  );
}

interface CheckboxProps {
  checked: boolean;
  onChange: (checked: boolean) => void;
  children: ReactNode;
  disabled?: boolean;
  testId?: string;
}

export function Checkbox({ checked, onChange, children, disabled, testId }: CheckboxProps) {
  return (
    <AriaCheckbox
      className="choice"
      isSelected={checked}
      onChange={onChange}
      isDisabled={disabled ?? false}
      data-testid={testId}
    >
      <span className="choice__box" aria-hidden="true">
        {checked ? <Check size={18} strokeWidth={3} /> : null}
      </span>
      <span>{children}</span>
    </AriaCheckbox>
  );
}

interface ChoiceProps<Value extends string> {
  label: string;
  value: Value | null;
  options: readonly { value: Value; label: string }[];
  onChange: (value: Value) => void;
  testId?: string;
}

/** One of a few, all visible. */
export function Choice<Value extends string>({ label, value, options, onChange, testId }: ChoiceProps<Value>) {
  return (
    <RadioGroup
      className="field"
      value={value}
      onChange={(chosen) => onChange(chosen as Value)}
      data-testid={testId}
    >
      <Label className="field__label">{label}</Label>
      <div className="stack">
        {options.map((option) => (
          <Radio
            key={option.value}
            value={option.value}
            className="choice"
            {...(testId ? { "data-testid": `${testId}-${option.value}` } : {})}
          >
            <span className="choice__box choice__box--round" aria-hidden="true">
              {option.value === value ? <Check size={16} strokeWidth={3} /> : null}
            </span>
            <span>{option.label}</span>
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}

interface SelectProps<Value extends string> extends ChoiceProps<Value> {
  hint?: string;
}

/** One of many: the platform's own list, which every phone shows well. */
export function Select<Value extends string>({ label, value, options, onChange, hint, testId }: SelectProps<Value>) {
  return (
    <label className="field">
      <span className="field__label">{label}</span>
      <select
        className="input"
        value={value ?? ""}
        onChange={(event) => onChange(event.target.value as Value)}
        data-testid={testId}
      >
        {value === null ? <option value="" disabled /> : null}
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {hint ? <span className="field__hint">{hint}</span> : null}
    </label>
  );
}
