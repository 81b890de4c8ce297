import { Check, Landmark } from "lucide-react";

import type { HearingDetail } from "./wire";
import { useReader, useWords } from "./words";

/** After a conversion to an ordinary hearing: the reason, and what was completed online and stays valid. */
export function ConversionCard({ hearing }: { hearing: HearingDetail }) {
  const t = useWords();
  const { text, cite } = useReader();
  const order = hearing.conversion;
  if (!order) return null;
  return (
    <section className="card" aria-labelledby="conversion-h" data-testid="conversion">
      <div className="card__head desk-card-line">
        <h2 id="conversion-h">
          <Landmark size={18} aria-hidden="true" /> {t("conversion.title")}
        </h2>
        <span className="cite">{cite("OLR 21 para 2")}</span>
      </div>
      <div className="card__body stack-4">
        <p>{t("conversion.reason", { reason: order.reason })}</p>
        <div className="stack">
          <h3 className="field__label">{t("conversion.completed")}</h3>
          <ul className="desk-steps" data-testid="completed-steps">
            {order.completed.map((step, index) => (
              <li key={index}>
                <Check size={16} aria-hidden="true" />
                <span>{text(step)}</span>
              </li>
            ))}
          </ul>
        </div>
      </div>
    </section>
  );
}
