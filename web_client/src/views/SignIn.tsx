import { useEffect, useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";

import { ApiError, changePassword, signIn, signInWithLink } from "../core/api";
import { useText } from "../i18n";
import type { StaffMe } from "../protocol";
import { navigate, takeSecret } from "../router";
import { AppHead, Button, ErrorBanner, Loading, TextField } from "../ui";
import { useSite } from "./Landing";
import { useStartOverAtNewLink } from "./newLink";

const PASSWORD_MIN = 10;

function Frame({ children }: { children: React.ReactNode }) {
  const text = useText();
  const site = useSite();
  return (
    <div className="page">
      <AppHead court={text(site?.court)} />
      <main className="page__main">
        <div className="card page__card">{children}</div>
      </main>
    </div>
  );
}

/** Staff sign in with a local account. */
export function SignIn() {
  const { t } = useTranslation();
  const [username, setUsername] = useState("");
  const [password, setPassword] = useState("");
  const [error, setError] = useState<unknown>(null);
  const [working, setWorking] = useState(false);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!username.trim() || !password) return;
    setWorking(true);
    setError(null);
    try {
      await signIn(username.trim(), password);
      navigate(returnPath(), { replace: true });
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };

  return (
    <Frame>
      <div className="stack">
        <h1>{t("signIn.title")}</h1>
        <p className="lead">{t("signIn.lead")}</p>
      </div>
      <form className="stack-4" onSubmit={(event) => void submit(event)}>
        <TextField
          label={t("signIn.username")}
          value={username}
          onChange={setUsername}
          autoComplete="username"
          testId="sign-in-username"
        />
        <TextField
          label={t("signIn.password")}
          value={password}
          onChange={setPassword}
          type="password"
          autoComplete="current-password"
          testId="sign-in-password"
        />
        <ErrorBanner error={error} />
        <div className="acts">
          <Button type="submit" variant="primary" large working={working} testId="sign-in-submit">
            {t("signIn.submit")}
          </Button>
        </div>
      </form>
    </Frame>
  );
}

/** Where the desk sent the reader from, if it is a page of the desk; never another site. */
function returnPath(): string {
  const to = new URLSearchParams(location.search).get("to");
  return to && /^\/desk(\/[\w/-]*)?$/.test(to) ? to : "/desk";
}

type LinkState = { at: "working" } | { at: "failed"; error: unknown } | { at: "password"; me: StaffMe };

// A one-time link must be posted once only, although React mounts a view twice in development.
let pending: { secret: string; answer: Promise<StaffMe> } | null = null;

/** Staff sign in with a one-time link; an account without a password chooses one first. */
export function SignInLink() {
  const { t } = useTranslation();
  const [state, setState] = useState<LinkState>({ at: "working" });
  useStartOverAtNewLink();

  useEffect(() => {
    const secret = takeSecret();
    if (secret) pending = { secret, answer: signInWithLink(secret) };
    if (!pending) {
      navigate("/sign-in", { replace: true });
      return;
    }
    let current = true;
    pending.answer.then(
      (me) => {
        if (!current) return;
        if (me.has_password) navigate(returnPath(), { replace: true });
        else setState({ at: "password", me });
      },
      (error: unknown) => current && setState({ at: "failed", error }),
    );
    return () => {
      current = false;
    };
  }, []);

  if (state.at === "working") return <Loading />;
  if (state.at === "password") return <ChoosePassword me={state.me} />;
  // What the server says of a link that was cut short is for programs; the page's own words are enough.
  const malformed = state.error instanceof ApiError && [400, 422].includes(state.error.status);
  return (
    <Frame>
      <h1>{t("signIn.linkFailed")}</h1>
      {malformed ? null : <ErrorBanner error={state.error} />}
      <p className="soft">{t("signIn.linkFailedHelp")}</p>
      <div className="acts">
        <Button large onPress={() => navigate("/sign-in")}>
          {t("signIn.withPassword")}
        </Button>
      </div>
    </Frame>
  );
}

function ChoosePassword({ me }: { me: StaffMe }) {
  const { t } = useTranslation();
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const [shown, setShown] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [working, setWorking] = useState(false);
  const short = first.length < PASSWORD_MIN;
  const different = first !== second;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setShown(true);
    if (short || different) return;
    setWorking(true);
    setError(null);
    try {
      await changePassword(first);
      navigate("/desk", { replace: true });
    } catch (cause) {
      setError(cause);
      setWorking(false);
    }
  };

  return (
    <Frame>
      <div className="stack">
        <h1>{t("password.title", { name: me.name })}</h1>
        <p className="lead">{t("password.lead", { username: me.username })}</p>
      </div>
      <form className="stack-4" onSubmit={(event) => void submit(event)}>
        <input type="text" autoComplete="username" value={me.username} readOnly hidden />
        <TextField
          label={t("password.new")}
          hint={t("password.rule", { count: PASSWORD_MIN })}
          error={shown && short ? t("password.short", { count: PASSWORD_MIN }) : null}
          value={first}
          onChange={setFirst}
          type="password"
          autoComplete="new-password"
          maxLength={200}
          testId="password-new"
        />
        <TextField
          label={t("password.again")}
          error={shown && !short && different ? t("password.different") : null}
          value={second}
          onChange={setSecond}
          type="password"
          autoComplete="new-password"
          maxLength={200}
          testId="password-again"
        />
        <ErrorBanner error={error} />
        <div className="acts">
          <Button type="submit" variant="primary" large working={working} testId="password-submit">
            {t("password.submit")}
          </Button>
        </div>
      </form>
    </Frame>
  );
}
