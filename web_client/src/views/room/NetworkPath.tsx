import { Route } from "lucide-react";
import { useTranslation } from "react-i18next";

import type { MediaPath } from "../../core/path";
import { useRoomContext } from "./useRoom";

/** The ways that are slower than the usual one; of the usual one nothing is said. */
const SLOWER: ReadonlySet<MediaPath> = new Set(["tcp", "relay"]);

/** One calm line for whoever's own network lets media through by a slower way only. */
export function OwnPath() {
  const { t } = useTranslation();
  const { view } = useRoomContext();
  const { path } = view.me;
  if (!SLOWER.has(path)) return null;
  return (
    <p className="path-line" role="status" data-testid="own-path" data-path={path}>
      <Route size={18} aria-hidden="true" />
      <span>{t(`path.own.${path}`)}</span>
    </p>
  );
}

function usePathOf(participant: string): MediaPath | null {
  const { view } = useRoomContext();
  const path = view.desk?.find(({ id }) => id === participant)?.path;
  return path && SLOWER.has(path) ? path : null;
}

/** The same for the desk, as one word beside a person's network. */
export function PathWord({ participant }: { participant: string }) {
  const { t } = useTranslation();
  const path = usePathOf(participant);
  if (!path) return null;
  return (
    <span className="path-word" role="img" aria-label={t(`path.other.${path}`)} title={t(`path.other.${path}`)} data-testid={`path-${participant}`} data-path={path}>
      {t(`path.word.${path}`)}
    </span>
  );
}

/** And what the word means, where a person is looked at more closely. */
export function PathNote({ participant }: { participant: string }) {
  const { t } = useTranslation();
  const path = usePathOf(participant);
  return path ? <p className="small soft">{t(`path.other.${path}`)}</p> : null;
}
