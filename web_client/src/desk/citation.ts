/** Citations as the rules write them (`V; OLR 21(1)`) and as a reader sees them. Pure. */

import type { Reader } from "./time";

const ZH: Record<string, string> = {
  OLR: "在线诉讼规则",
  OMR: "在线调解规则",
  REC: "庭审录音录像规定",
  CPL: "民事诉讼法",
  CrimPL: "刑事诉讼法",
  CPI: "民诉法解释",
};
const ZH_SECTION: Record<string, string> = {
  I: "一",
  II: "二",
  III: "三",
  IV: "四",
  V: "五",
  VI: "六",
  VII: "七",
  VIII: "八",
  IX: "九",
  X: "十",
};

function part(text: string, reader: Reader): string {
  const trimmed = text.trim();
  const section = /^(I|II|III|IV|V|VI|VII|VIII|IX|X)(?![A-Za-z])(.*)$/.exec(trimmed);
  if (section !== null) {
    const [, number = "", rest = ""] = section;
    return reader === "zh" ? `通知${ZH_SECTION[number] ?? number}${rest}` : `Notice ${number}${rest}`;
  }
  if (reader === "en") return trimmed;
  const [name = "", ...rest] = trimmed.split(" ");
  const known = ZH[name];
  if (known === undefined) return trimmed;
  return [known, ...rest].join(" ").replace(/ ?para (\d+)/, "第$1款");
}

/** The citation in the reader's words; texts that are not known stay as they are. */
export function citationFor(citation: string, reader: Reader): string {
  return citation
    .split(";")
    .map((one) => part(one, reader))
    .join(reader === "zh" ? "；" : "; ");
}
