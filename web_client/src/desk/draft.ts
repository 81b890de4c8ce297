import { useCallback, useRef, useState } from "react";

const PREFIX = "yunting.desk.";

function read<T>(key: string): T | undefined {
  try {
    const text = sessionStorage.getItem(PREFIX + key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined; // storage refused, or not ours
  }
}

function write(key: string, value: unknown): void {
  try {
    if (value === undefined) sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // the draft then lasts as long as the page
  }
}

/** Drops every draft of this tab: at sign-out nothing typed stays behind. */
export function dropDrafts(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // nothing was kept then
  }
}

/**
 * What a person is typing, kept over a reload and over signing in again until it is saved or given up. `key` names
 * the form, its subject and the account, so that nobody finds another's draft. The third of the answer gives it up.
 */
export function useDraft<T>(key: string, initial: T): [T, (next: T) => void, (blank?: T) => void] {
  const blank = useRef(initial);
  blank.current = initial;
  const [state, setState] = useState<{ key: string; value: T }>(() => ({ key, value: read<T>(key) ?? initial }));
  const value = state.key === key ? state.value : (read<T>(key) ?? initial);
  const set = useCallback(
    (next: T) => {
      write(key, next);
      setState({ key, value: next });
    },
    [key],
  );
  const clear = useCallback(
    (next?: T) => {
      write(key, undefined);
      setState({ key, value: next ?? blank.current });
    },
    [key],
  );
  return [value, set, clear];
}
