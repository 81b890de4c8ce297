/** Time left in words' parts: whole days, or hours, or minutes, rounded down; null once it is over. */
export function timeLeft(due_at: string, now: Date): { unit: "days" | "hours" | "minutes"; count: number } | null {
  const ms = Date.parse(due_at) - now.getTime();
  if (!(ms > 0)) return null;
  const minutes = Math.floor(ms / 60_000);
  if (minutes >= 48 * 60) return { unit: "days", count: Math.floor(minutes / (24 * 60)) };
  if (minutes >= 60) return { unit: "hours", count: Math.floor(minutes / 60) };
  return { unit: "minutes", count: Math.max(1, minutes) };
}
