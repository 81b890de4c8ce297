import { Copy, CopyCheck, SquareArrowOutUpRight } from "lucide-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { Banner, Button } from "../../ui";
import { useSite } from "../Landing";
import { JoinFrame } from "./JoinFrame";

/** WeChat and its kin show pages in a browser of their own, which gives no camera or drops it in the background. */
export function isInAppBrowser(agent: string = navigator.userAgent): boolean {
  return /MicroMessenger|wxwork|DingTalk|AlipayClient|QQ\/|Weibo/i.test(agent);
}

/** Whether this browser can take part at all. */
export function canTakePart(): boolean {
  return typeof RTCPeerConnection === "function" && typeof navigator.mediaDevices?.getUserMedia === "function";
}

interface OutsideBrowserProps {
  /** The whole link with its secret: the reader takes it to another browser of their own. */
  address: string;
  inApp: boolean;
  /** What can be done in this browser all the same. */
  children?: ReactNode;
}

export function OutsideBrowser({ address, inApp, children }: OutsideBrowserProps) {
  const { t } = useTranslation();
  const site = useSite();
  const [copied, setCopied] = useState<"no" | "yes" | "failed">("no");
  const copy = async () => {
    setCopied((await copyText(address)) ? "yes" : "failed");
  };
  const key = inApp ? "outside.inApp" : "outside.old";
  return (
    <JoinFrame court={site?.court ?? null} hotline={site?.hotline}>
      <div className="stack" data-testid="outside-browser">
        <h1>{t(`${key}.title`)}</h1>
        <p className="lead">{t(`${key}.lead`)}</p>
      </div>
      <ol className="rules">
        <li>
          <span className="rules__dot">
            <SquareArrowOutUpRight size={22} aria-hidden="true" />
          </span>
          <div>
            <b>{t(`${key}.first`)}</b>
            <p>{t(`${key}.firstHow`)}</p>
          </div>
        </li>
        <li>
          <span className="rules__dot">
            <Copy size={22} aria-hidden="true" />
          </span>
          <div>
            <b>{t("outside.copy.title")}</b>
            <p>{t("outside.copy.how")}</p>
          </div>
        </li>
      </ol>
      <div className="acts">
        <Button variant="primary" large onPress={() => void copy()} testId="copy-link">
          {copied === "yes" ? <CopyCheck size={22} aria-hidden="true" /> : <Copy size={22} aria-hidden="true" />}
          {copied === "yes" ? t("outside.copied") : t("outside.copyButton")}
        </Button>
      </div>
      <div role="status">
        {copied === "failed" ? <Banner tone="wait">{t("outside.copyFailed")}</Banner> : null}
        {copied === "failed" ? <p className="mono small">{address}</p> : null}
      </div>
      {children}
    </JoinFrame>
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Browsers inside other programs often refuse the clipboard interface but still know the old command.
    const field = document.createElement("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
