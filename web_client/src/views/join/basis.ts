/** The names of the rules as somebody reads them who has never heard their short forms. */
const NAMES: Record<string, { zh: string; en: string }> = {
  OLR: { zh: "《人民法院在线诉讼规则》", en: "Online Litigation Rules of the People's Courts" },
  OMR: { zh: "《人民法院在线调解规则》", en: "Online Mediation Rules of the People's Courts" },
};

/** `OLR 4, 10(2)` as 《人民法院在线诉讼规则》第4、10(2)条; what is not known stays as it is. Pure. */
export function basisOf(citation: string, language: "zh" | "en"): string {
  return citation
    .split(";")
    .map((one) => {
      const [, short = "", articles = ""] = /^\s*(\w+)\s+(.*\S)\s*$/.exec(one) ?? [];
      const name = NAMES[short];
      if (!name) return one.trim();
      if (language === "en") return `${name.en}, art. ${articles}`;
      return `${name.zh}第${articles.replaceAll(", ", "、")}条`;
    })
    .join(language === "zh" ? "；" : "; ");
}
