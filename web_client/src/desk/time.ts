/** Times of the court, always shown in Asia/Shanghai whatever the clerk's machine is set to. Pure. */

export const COURT_ZONE = "Asia/Shanghai";
export const COURT_OFFSET = "+08:00";

export type Reader = "zh" | "en";

const locale = (reader: Reader): string => (reader === "zh" ? "zh-CN" : "en-GB");

function formatted(iso: string, reader: Reader, options: Intl.DateTimeFormatOptions): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  return new Intl.DateTimeFormat(locale(reader), { timeZone: COURT_ZONE, ...options }).format(at);
}

/** `2026-11-23`, the court's calendar day of an instant. */
export function courtDay(at: Date | string): string {
  const instant = typeof at === "string" ? new Date(at) : at;
  if (Number.isNaN(instant.getTime())) return "";
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: COURT_ZONE, dateStyle: "short" }).format(instant);
  return parts;
}

/** `09:00` */
export function clockTime(iso: string, reader: Reader): string {
  return formatted(iso, reader, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

/** `09:02:14` */
export function clockTimeSeconds(iso: string, reader: Reader): string {
  return formatted(iso, reader, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

/** `11月23日 09:00`, `23 Nov, 09:00`; with the year where it is not `now`'s. */
export function dayAndTime(iso: string, reader: Reader, now: Date): string {
  const sameYear = courtDay(iso).slice(0, 4) === courtDay(now).slice(0, 4);
  return formatted(iso, reader, {
    ...(sameYear ? {} : { year: "numeric" }),
    month: reader === "zh" ? "long" : "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}

/** `11/23`, `23 Nov`: a day in a narrow column. */
export function rowDay(iso: string, reader: Reader): string {
  return formatted(iso, reader, { month: reader === "zh" ? "numeric" : "short", day: "numeric" });
}

/** `11月23日星期一`, `Monday 23 November` */
export function longDay(at: Date, reader: Reader): string {
  return formatted(at.toISOString(), reader, { weekday: "long", month: "long", day: "numeric" });
}

/** `2026年11月23日星期一`, `Monday, 23 November 2026`: a day of the record, from `2026-11-23`. */
export function recordDay(day: string, reader: Reader): string {
  return formatted(`${day}T12:00:00${COURT_OFFSET}`, reader, {
    weekday: "long",
    year: "numeric",
    month: "long",
    day: "numeric",
  });
}

/** Value of a `datetime-local` input (court time, `2026-11-23T09:00`) to ISO 8601 with the court's offset; `null` if it is not a time. */
export function fromLocalInput(value: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(value)) return null;
  const iso = `${value.length === 16 ? `${value}:00` : value}${COURT_OFFSET}`;
  return Number.isNaN(new Date(iso).getTime()) ? null : iso;
}

/** ISO 8601 with any offset to the value of a `datetime-local` input in court time. */
export function toLocalInput(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return "";
  return `${courtDay(at)}T${clockTime(iso, "en")}`;
}

/** `1:22:31` or `02:05` for a place in a recording. */
export function playTime(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}
