import { useCallback, useEffect, useRef, useState } from "react";

import { getParticipation } from "../../core/api";
import type { JoinInfo, StatementSheet } from "../../protocol";
import { draftOf, EMPTY, formOf, isBlank, type Form, statementOf } from "./form";
import { discardDraft, getStatement, saveDraft, saveDraftLeaving, sendStatement } from "./wire";

const SAVE_AFTER_MS = 700;
const TRY_AGAIN_MS = 5_000;

/** `rest`: nothing typed. `waiting`: typed and on its way. `failed`: typed, not kept, tried again by itself. */
export interface Saving {
  state: "rest" | "waiting" | "saved" | "failed";
  at: string | null;
}

export interface Statement {
  sheet: StatementSheet | null;
  info: JoinInfo | null;
  loadError: unknown;
  reload: () => void;
  form: Form;
  edit: (form: Form) => void;
  saving: Saving;
  /** The draft that was given up last, until something else is typed or sent. */
  discarded: Form | null;
  discard: () => Promise<void>;
  undo: () => void;
  send: () => Promise<StatementSheet>;
}

/**
 * A side's sheet and this person's draft of it. What is typed is kept on the server shortly after, one request at a
 * time, the newest last; on a page that is left, at once. A page that comes back to sight with nothing unsaved takes
 * over what another device has kept meanwhile.
 */
export function useStatement(participation: string): Statement {
  const [sheet, setSheet] = useState<StatementSheet | null>(null);
  const [info, setInfo] = useState<JoinInfo | null>(null);
  const [loadError, setLoadError] = useState<unknown>(null);
  const [form, setForm] = useState<Form>(EMPTY);
  const [saving, setSaving] = useState<Saving>({ state: "rest", at: null });
  const [discarded, setDiscarded] = useState<Form | null>(null);
  const unsaved = useRef<Form | null>(null);
  const running = useRef<Promise<void> | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const adopt = useCallback((answer: StatementSheet) => {
    setSheet(answer);
    if (unsaved.current) return;
    setForm(formOf(answer.draft));
    setSaving(answer.draft ? { state: "saved", at: answer.draft_saved_at } : { state: "rest", at: null });
  }, []);

  const load = useCallback(() => {
    setLoadError(null);
    Promise.all([getStatement(participation), getParticipation(participation)]).then(([answer, join]) => {
      setInfo(join);
      adopt(answer);
    }, setLoadError);
  }, [participation, adopt]);

  useEffect(load, [load]);

  const save = useCallback((): Promise<void> => {
    clearTimeout(timer.current);
    running.current ??= (async () => {
      while (unsaved.current) {
        const mine: Form = unsaved.current;
        const answer = isBlank(mine) ? await discardDraft(participation) : await saveDraft(participation, draftOf(mine));
        if (unsaved.current !== mine) continue;
        unsaved.current = null;
        setSheet(answer);
        setSaving({ state: isBlank(mine) ? "rest" : "saved", at: answer.draft_saved_at });
      }
    })()
      .catch(() => {
        setSaving((now) => ({ ...now, state: "failed" }));
        timer.current = setTimeout(() => void save(), TRY_AGAIN_MS);
      })
      .finally(() => {
        running.current = null;
      });
    return running.current;
  }, [participation]);

  const edit = useCallback(
    (next: Form) => {
      setForm(next);
      setDiscarded(null);
      unsaved.current = next;
      setSaving((now) => ({ ...now, state: "waiting" }));
      clearTimeout(timer.current);
      timer.current = setTimeout(() => void save(), SAVE_AFTER_MS);
    },
    [save],
  );

  useEffect(() => {
    const leave = () => {
      if (unsaved.current && !running.current) saveDraftLeaving(participation, draftOf(unsaved.current));
    };
    const seen = () => {
      if (document.visibilityState === "hidden") leave();
      else if (!unsaved.current) getStatement(participation).then(adopt, () => undefined); // what was read stays good
    };
    addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", seen);
    return () => {
      removeEventListener("pagehide", leave);
      document.removeEventListener("visibilitychange", seen);
      clearTimeout(timer.current);
      if (unsaved.current) void save();
    };
  }, [participation, adopt, save]);

  const settle = useCallback(async () => {
    clearTimeout(timer.current);
    await running.current;
    clearTimeout(timer.current);
    unsaved.current = null;
  }, []);

  const discard = useCallback(async () => {
    const former = form;
    await settle();
    const answer = await discardDraft(participation);
    adopt(answer);
    setForm(EMPTY);
    setSaving({ state: "rest", at: null });
    setDiscarded(former);
  }, [participation, form, settle, adopt]);

  const undo = useCallback(() => {
    if (discarded) edit(discarded);
  }, [discarded, edit]);

  const send = useCallback(async () => {
    if (!sheet) throw new Error("nothing was read yet");
    // What is typed is kept first: should sending fail, or the page be closed, it is still there.
    await save();
    const answer = await sendStatement(participation, statementOf(sheet, form));
    await settle();
    setDiscarded(null);
    adopt(answer);
    return answer;
  }, [participation, sheet, form, save, settle, adopt]);

  return { sheet, info, loadError, reload: load, form, edit, saving, discarded, discard, undo, send };
}
