/** Texts of the dialog that converts a hearing. Pure. */

export const MOST_LINES = 40;
const LONGEST_LINE = 500;

/** The judge's own lines of what was completed, one step a line. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

/** What is wrong with the lines, as the end of a key of words; null where nothing is. */
export function tooLong(lines: readonly string[]): "tooMany" | "tooLong" | null {
  if (lines.length > MOST_LINES) return "tooMany";
  return lines.some((line) => line.length > LONGEST_LINE) ? "tooLong" : null;
}

/** A finding's first sentence says what is so; what can be done about it comes after. */
export function firstSentence(text: string): string {
  const end = /[。.](?=\s|$|[^\d\s])/.exec(text);
  return end === null ? text : text.slice(0, end.index + 1);
}
