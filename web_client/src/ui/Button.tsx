import { useEffect, useState, type ReactNode } from "react";
import { Button as AriaButton, Tooltip, TooltipTrigger } from "react-aria-components";

export interface ButtonProps {
  children: ReactNode;
  onPress?: (() => void) | undefined;
  variant?: "plain" | "primary" | "quiet" | "danger" | "stop" | undefined;
  large?: boolean;
  icon?: boolean;
  type?: "button" | "submit";
  pressed?: boolean | undefined;
  working?: boolean | undefined;
  disabled?: boolean | undefined;
  /** Why it cannot be used now: the button stays reachable by keyboard and says so. */
  reason?: string | null | undefined;
  label?: string | undefined;
  testId?: string | undefined;
  className?: string | undefined;
}

const REASON_SHOWN_MS = 5000;

/**
 * The one button of the page. Where a `reason` stands against it, it keeps its place in the tab order, is
 * `aria-disabled`, carries the reason in its name and shows it on hover, on focus and (for fingers) on a tap.
 */
export function Button(props: ButtonProps) {
  const [tapped, setTapped] = useState(0);
  const [hovered, setHovered] = useState(false);
  const refused = Boolean(props.reason);
  const inert = refused || Boolean(props.working);

  useEffect(() => {
    if (!tapped) return;
    const timer = setTimeout(() => setTapped(0), REASON_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [tapped]);

  // Always in its trigger: a reason that comes or goes must not make a new button and lose the focus on the old one.
  return (
    <TooltipTrigger
      delay={200}
      closeDelay={100}
      shouldCloseOnPress={false}
      isDisabled={!refused}
      isOpen={refused && (hovered || tapped > 0)}
      onOpenChange={setHovered}
    >
      <AriaButton
        type={props.type ?? "button"}
        className={props.className ?? classes(props)}
        isDisabled={Boolean(props.disabled) && !refused}
        onPress={() => {
          if (refused) setTapped((count) => count + 1);
          else if (!props.working) props.onPress?.();
        }}
        {...(props.testId ? { "data-testid": props.testId } : {})}
        {...(props.label ? { "aria-label": refused ? `${props.label}（${props.reason}）` : props.label } : {})}
        render={(dom) => (
          <button
            {...dom}
            {...(props.pressed === undefined ? {} : { "aria-pressed": props.pressed })}
            {...(inert ? { "aria-disabled": true } : {})}
          />
        )}
      >
        {props.working ? <span className="spinner" aria-hidden="true" /> : null}
        {props.children}
        {refused && !props.label ? <span className="sr">（{props.reason}）</span> : null}
      </AriaButton>
      <Tooltip className="tooltip" offset={6}>
        {props.reason}
      </Tooltip>
    </TooltipTrigger>
  );
}

function classes(props: ButtonProps): string {
  const names = ["btn"];
  if (props.variant && props.variant !== "plain") names.push(`btn--${props.variant}`);
  if (props.large) names.push("btn--large");
  if (props.icon) names.push("btn--icon");
  return names.join(" ");
}
