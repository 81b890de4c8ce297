import { useCallback, useEffect, useRef, useState } from "react";

import { ApiError, get } from "../core/api";
import { navigate } from "../router";

/** What was last read of each path, so that going back to a page shows it at once. Emptied at sign-out. */
const kept = new Map<string, unknown>();

export function forgetAll(): void {
  kept.clear();
}

/** Puts an answer of a request that changed something where the page of that path will find it. */
export function keep(path: string, value: unknown): void {
  kept.set(path, value);
}

const readers = new Map<string, Set<() => void>>();

/** Reads a path again wherever it is drawn: something done elsewhere on the page has changed it. */
export function refresh(path: string): void {
  for (const read of readers.get(path) ?? []) read();
}

/** To the sign-in page, and back here afterwards. */
export function signInAgain(): void {
  const here = location.pathname + location.search;
  forgetAll();
  navigate(`/sign-in?to=${encodeURIComponent(here)}`, { replace: true });
}

/** A wrong password at a signature is refused with 401 as well: only who is not signed in any more has to leave. */
async function signInIfSignedOut(): Promise<void> {
  try {
    await get("me");
  } catch (cause) {
    if (asApiError(cause).status === 401) signInAgain();
  }
}

export function asApiError(cause: unknown): ApiError {
  if (cause instanceof ApiError) return cause;
  return new ApiError(0, "page_error", String(cause), {
    zh: "页面出现错误。请刷新页面；如果仍然出现，请联系技术人员。",
    en: "Something went wrong in this page. Reload it; if it happens again, contact technical support.",
  });
}

export interface Resource<T> {
  value: T | undefined;
  error: ApiError | null;
  /** Takes the answer of a request that changed it; a poll that is under way no longer counts. */
  set: (value: T) => void;
  reload: () => void;
}

interface State<T> {
  path: string | null;
  value: T | undefined;
  error: ApiError | null;
}

/**
 * What `GET path` answers, read again every `interval_ms` while the page is visible (0: never). An answer that says
 * the same changes nothing on the page, an older answer never replaces a newer one, and while a poll fails the last
 * value stays with the error beside it.
 */
export function useResource<T>(path: string | null, interval_ms = 0): Resource<T> {
  const read = (): T | undefined => (path === null ? undefined : (kept.get(path) as T | undefined));
  const [state, setState] = useState<State<T>>(() => ({ path, value: read(), error: null }));
  const version = useRef(0);
  const inFlight = useRef(0);

  const take = useCallback(
    (value: T) => {
      if (path === null) return;
      const before = kept.get(path);
      const same = before !== undefined && JSON.stringify(before) === JSON.stringify(value);
      const next = same ? (before as T) : value;
      kept.set(path, next);
      setState((now) =>
        now.path === path && now.value === next && now.error === null ? now : { path, value: next, error: null },
      );
    },
    [path],
  );

  const load = useCallback(async () => {
    if (path === null) return;
    const mine = ++version.current;
    inFlight.current += 1;
    try {
      const value = await get<T>(path);
      if (mine === version.current) take(value);
    } catch (cause) {
      if (mine !== version.current) return;
      const error = asApiError(cause);
      if (error.status === 401) signInAgain();
      else setState({ path, value: kept.get(path) as T | undefined, error });
    } finally {
      inFlight.current -= 1;
    }
  }, [path, take]);

  useEffect(() => {
    void load();
    const read = () => void load();
    const own = path === null ? null : (readers.get(path) ?? new Set());
    if (path !== null && own !== null) readers.set(path, own.add(read));
    return () => {
      version.current += 1;
      own?.delete(read);
    };
  }, [load, path]);

  useEffect(() => {
    if (interval_ms <= 0) return;
    const poll = () => {
      if (document.visibilityState === "visible" && inFlight.current === 0) void load();
    };
    const timer = setInterval(poll, interval_ms);
    document.addEventListener("visibilitychange", poll);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", poll);
    };
  }, [interval_ms, load]);

  const set = useCallback(
    (value: T) => {
      version.current += 1;
      take(value);
    },
    [take],
  );
  const reload = useCallback(() => void load(), [load]);
  const own = state.path === path;
  return { value: own ? state.value : read(), error: own ? state.error : null, set, reload };
}

export interface Action<Args extends unknown[], Result> {
  /** Runs it; the result, or `undefined` where it failed (then `error` says why) or another run is under way. */
  run: (...args: Args) => Promise<Result | undefined>;
  working: boolean;
  error: ApiError | null;
  clear: () => void;
}

/** A request that changes something: one at a time, its error kept until the next try. */
export function useAction<Args extends unknown[], Result>(
  perform: (...args: Args) => Promise<Result>,
): Action<Args, Result> {
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const busy = useRef(false);
  const latest = useRef(perform);
  useEffect(() => {
    latest.current = perform;
  });
  const run = useCallback(async (...args: Args) => {
    if (busy.current) return undefined;
    busy.current = true;
    setWorking(true);
    setError(null);
    try {
      return await latest.current(...args);
    } catch (cause) {
      const failed = asApiError(cause);
      setError(failed);
      if (failed.status === 401) void signInIfSignedOut();
      return undefined;
    } finally {
      busy.current = false;
      setWorking(false);
    }
  }, []);
  const clear = useCallback(() => setError(null), []);
  return { run, working, error, clear };
}
