import { get, post, remove, request } from "../../core/api";
import type { NewStatement, StatementSheet } from "../../protocol";

const path = (participation: string) => `participations/${encodeURIComponent(participation)}/statement`;

export const getStatement = (participation: string) => get<StatementSheet>(path(participation));
export const sendStatement = (participation: string, body: NewStatement) => post<StatementSheet>(path(participation), body);
export const saveDraft = (participation: string, body: NewStatement) =>
  request<StatementSheet>("PUT", `${path(participation)}/draft`, body);
export const discardDraft = (participation: string) => remove<StatementSheet>(`${path(participation)}/draft`);
export const calendarAddress = (participation: string) => `/api/${path(participation)}/deadline.ics`;

/** Without waiting for the answer: the page is being closed or put away, and the browser sends it all the same. */
export function saveDraftLeaving(participation: string, body: NewStatement): void {
  fetch(`/api/${path(participation)}/draft`, {
    method: "PUT",
    credentials: "same-origin",
    keepalive: true,
    headers: { Accept: "application/json", "Content-Type": "application/json" },
    body: JSON.stringify(body),
  }).catch(() => undefined); // the page still holds it where it lives on, and saves it again
}
