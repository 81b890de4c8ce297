import { useEffect, useState } from "react";

import { post, type ApiError } from "../core/api";
import { LIVE_PHASES } from "./lifecycle";
import { Cite, ErrorNote, OUTCOME_ICON, OutcomeTag } from "./parts";
import { asApiError } from "./resource";
import type { HearingDetail, RulingPreview } from "./wire";
import { groundLabel, nameWithRole, useReader, useWords } from "./words";

export interface Preview {
  value: RulingPreview | null;
  error: ApiError | null;
}

const NOTHING: Preview = { value: null, error: null };

/** What would follow from this ruling, asked anew whenever the hearing moves on. */
export function usePreview(hearing: HearingDetail, ground: string, held: boolean | null): Preview {
  const [state, setState] = useState<{ of: string; preview: Preview }>({ of: "", preview: NOTHING });
  const of = `${ground} ${String(held)}`;
  const { id, version } = hearing;
  useEffect(() => {
    if (ground === "" || held === null) return;
    let current = true;
    const show = (preview: Preview) => {
      if (current) setState({ of, preview });
    };
    post<RulingPreview>(`hearings/${id}/rulings/preview`, { ground, held }).then(
      (value) => show({ value, error: null }),
      (cause: unknown) => show({ value: null, error: asApiError(cause) }),
    );
    return () => {
      current = false;
    };
  }, [id, version, ground, held, of]);
  return state.of === of ? state.preview : NOTHING;
}

/** Before it is signed: what the ruling would lead to, in words. */
export function Consequence({ hearing, preview }: { hearing: HearingDetail; preview: Preview }) {
  const t = useWords();
  const { text } = useReader();
  if (preview.error !== null) return <ErrorNote error={preview.error} />;
  const found = preview.value;
  if (found === null) return null;
  const Icon = OUTCOME_ICON[found.outcome];
  const values = {
    who: found.in_person.map((id) => nameWithRole(t, hearing, id)).join(t("listComma")),
    grounds: found.awaiting.map((ground) => groundLabel(t, hearing, ground)).join(t("listComma")),
  };
  const live = LIVE_PHASES.includes(hearing.phase) && !["lobby_open", "ready"].includes(hearing.phase);
  const words = found.outcome === "block" && live ? "blockLive" : found.outcome;
  const [strongest] = found.findings;
  return (
    <section
      className="desk-consequence"
      aria-live="polite"
      aria-labelledby="consequence-h"
      data-testid="consequence"
      data-outcome={found.outcome}
    >
      <Icon size={24} aria-hidden="true" className={`desk-o-${found.outcome}`} />
      <div className="stack">
        <h3 id="consequence-h">{t("ruling.consequence.title")}</h3>
        <p>
          <b>{t(`ruling.consequence.${words}`, values)}</b>
        </p>
        {found.outcome === found.before ? <p className="small soft">{t("ruling.consequence.same")}</p> : null}
        {strongest && found.outcome !== "await_ruling" ? (
          <p className="small soft">
            {text(strongest.text)} <Cite>{strongest.citation}</Cite>
          </p>
        ) : null}
      </div>
      <OutcomeTag outcome={found.outcome} />
    </section>
  );
}
