/** The judge's own lines of what was completed, one step a line. Pure. */

export const MOST_LINES = 40;
const LONGEST_LINE = 500;

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
