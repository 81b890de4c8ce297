import { Download } from "lucide-react";
import { useState } from "react";

import { download } from "../../core/api";
import { Button } from "../../ui";
import { ErrorNote } from "../parts";
import { useAction } from "../resource";
import { useReader, useWords } from "../words";

function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** The record for the file: on paper in the reader's language, and as data. The server logs each of them. */
export function Exports({ hearing }: { hearing: string }) {
  const t = useWords();
  const { reader } = useReader();
  const [saved, setSaved] = useState<string | null>(null);
  const take = async (path: string) => {
    setSaved(null);
    const { content, name } = await download(path);
    save(content, name);
    setSaved(name);
  };
  const pdf = useAction(() => take(`hearings/${hearing}/eligibility.pdf?lang=${reader}`));
  const json = useAction(() => take(`hearings/${hearing}/eligibility.json`));
  const working = pdf.working || json.working;
  return (
    <div className="desk-exports">
      <div className="row wrap">
        <Button working={pdf.working} disabled={working && !pdf.working} onPress={() => void pdf.run()} testId="export-pdf">
          {pdf.working ? null : <Download size={16} aria-hidden="true" />}
          {t(pdf.working ? "exports.makingPdf" : "exports.pdf")}
        </Button>
        <Button working={json.working} disabled={working && !json.working} onPress={() => void json.run()} testId="export-json">
          {json.working ? null : <Download size={16} aria-hidden="true" />}
          {t(json.working ? "exports.makingJson" : "exports.json")}
        </Button>
      </div>
      <p className="small soft" role="status" data-testid="exported">
        {saved === null ? t("exports.logged") : t("exports.saved", { name: saved })}
      </p>
      <ErrorNote error={pdf.error ?? json.error} />
    </div>
  );
}
