import { EyeOff } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";

import { Button } from "../ui";
import { CopyButton } from "./parts";
import type { InvitationIssued } from "./wire";
import { useWords } from "./words";

interface Props {
  name: string;
  issued: Omit<InvitationIssued, "hearing">;
  onClose: () => void;
}

/** The link and the code of one person, shown while this page is open: the server keeps only their hash. */
export function InvitationPanel({ name, issued, onClose }: Props) {
  const t = useWords();
  const heading = useRef<HTMLHeadingElement>(null);
  // As an image the drawing cannot run anything, whatever it holds.
  const qr = useMemo(() => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(issued.qr_svg)}`, [issued.qr_svg]);
  useEffect(() => {
    heading.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <div className="desk-invite" data-testid="invite-panel">
      <img className="desk-invite__qr" src={qr} alt={t("invitation.qr", { name })} data-testid="invite-qr" />
      <div className="stack">
        <h3 ref={heading}>{t("invitation.panel", { name })}</h3>
        <p className="small soft row">
          <EyeOff size={16} aria-hidden="true" />
          {t("invitation.onlyNow")}
        </p>
        <label className="field">
          <span className="field__label">{t("invitation.link")}</span>
          <input
            className="input mono small"
            readOnly
            value={issued.url}
            onFocus={(event) => event.target.select()}
            data-testid="invite-link"
          />
        </label>
        {issued.code === null ? (
          <p className="small soft">{t("invitation.noCode")}</p>
        ) : (
          <p>
            <span className="field__label">{t("invitation.code")}</span>{" "}
            <b className="desk-code mono" data-testid="invite-code">
              {issued.code}
            </b>
            <span className="small soft desk-invite__other">{t("invitation.otherWay")}</span>
          </p>
        )}
        <div className="row wrap">
          <CopyButton text={issued.url} label={t("invitation.copyLink")} testId="copy-link" />
          {issued.code === null ? null : (
            <CopyButton text={issued.code} label={t("invitation.copyCode")} testId="copy-code" />
          )}
          <Button variant="quiet" onPress={onClose} testId="invite-close">
            {t("invitation.hide")}
          </Button>
        </div>
      </div>
    </div>
  );
}
