import { EyeOff, Plus } from "lucide-react";
import { useState, type FormEvent } from "react";

import { post } from "../core/api";
import { Button, Checkbox, Loading, Tag, TextField } from "../ui";
import { useDraft } from "./draft";
import { CopyButton, ErrorNote, PageHead } from "./parts";
import { useAction, useResource } from "./resource";
import { useMe } from "./session";
import type { AccountCreated, AccountList, StaffRole } from "./wire";
import { useWords } from "./words";

const ROLES: readonly StaffRole[] = ["clerk", "judge", "mediator", "administrator"];
const USERNAME = /^[a-z][a-z0-9._-]{1,39}$/;

interface Draft {
  username: string;
  name: string;
  roles: StaffRole[];
}

const BLANK: Draft = { username: "", name: "", roles: [] };

function AccountForm({ onCreated, onClose }: { onCreated: (created: AccountCreated) => void; onClose: () => void }) {
  const t = useWords();
  const me = useMe();
  const [draft, setDraft, clearDraft] = useDraft<Draft>(`${me.id}.account.new`, BLANK);
  const [checked, setChecked] = useState(false);
  const fine = { name: draft.name.trim() !== "", username: USERNAME.test(draft.username), roles: draft.roles.length > 0 };
  const create = useAction(async () => {
    const created = await post<AccountCreated>("accounts", { ...draft, name: draft.name.trim() });
    clearDraft();
    onCreated(created);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setChecked(true);
    if (fine.name && fine.username && fine.roles) void create.run();
  };
  return (
    <form className="card desk-form" onSubmit={submit} noValidate aria-labelledby="account-form-h">
      <h2 id="account-form-h" className="desk-form__title">
        {t("accounts.newTitle")}
      </h2>
      <div className="desk-form__two">
        <TextField
          label={t("accounts.name")}
          value={draft.name}
          onChange={(name) => setDraft({ ...draft, name })}
          error={checked && !fine.name ? t("form.needed") : null}
          maxLength={120}
          autoComplete="off"
          testId="account-name"
        />
        <TextField
          label={t("accounts.username")}
          hint={t("accounts.usernameHint")}
          value={draft.username}
          onChange={(username) => setDraft({ ...draft, username: username.trim().toLowerCase() })}
          error={checked && !fine.username ? t("accounts.usernameWrong") : null}
          maxLength={40}
          autoComplete="off"
          testId="account-username"
        />
      </div>
      <fieldset className="desk-checks">
        <legend className="field__label">{t("accounts.roles")}</legend>
        {ROLES.map((role) => (
          <Checkbox
            key={role}
            checked={draft.roles.includes(role)}
            onChange={(on) =>
              setDraft({ ...draft, roles: on ? [...draft.roles, role] : draft.roles.filter((one) => one !== role) })
            }
            testId={`account-role-${role}`}
          >
            {t(`staff.${role}`)}
          </Checkbox>
        ))}
      </fieldset>
      {checked && !fine.roles ? <p className="field__error">{t("accounts.rolesNeeded")}</p> : null}
      <ErrorNote error={create.error} />
      <div className="desk-form__acts">
        <Button type="submit" variant="primary" working={create.working} testId="save-account">
          {t("accounts.create")}
        </Button>
        <Button
          onPress={() => {
            clearDraft();
            onClose();
          }}
        >
          {t("form.giveUp")}
        </Button>
      </div>
    </form>
  );
}

/** `/desk/accounts`, for administrators: who may sign in, and a one-time link for somebody new. */
export function AccountsPage() {
  const t = useWords();
  const me = useMe();
  const accounts = useResource<AccountList>("accounts");
  const [creating, setCreating] = useState(false);
  const [created, setCreated] = useState<AccountCreated | null>(null);
  return (
    <main id="desk-main" className="desk-page desk-page--narrow desk-stack">
      <PageHead title={t("accounts.title")} below={<p>{t("accounts.lead")}</p>}>
        {creating ? null : (
          <Button variant="primary" onPress={() => setCreating(true)} testId="new-account">
            <Plus size={16} aria-hidden="true" />
            {t("accounts.new")}
          </Button>
        )}
      </PageHead>
      {created ? (
        <section className="card card__body stack" data-testid="account-created">
          <h2>{t("accounts.created", { name: created.account.name })}</h2>
          <p className="small soft row">
            <EyeOff size={16} aria-hidden="true" />
            {t("accounts.onlyNow")}
          </p>
          <input
            className="input mono small"
            readOnly
            value={created.sign_in_url}
            aria-label={t("accounts.link")}
            onFocus={(event) => event.target.select()}
            data-testid="sign-in-url"
          />
          <div className="row wrap">
            <CopyButton text={created.sign_in_url} label={t("invitation.copyLink")} />
            <Button variant="quiet" onPress={() => setCreated(null)}>
              {t("invitation.hide")}
            </Button>
          </div>
        </section>
      ) : null}
      {creating ? (
        <AccountForm
          onCreated={(next) => {
            setCreated(next);
            setCreating(false);
            accounts.reload();
          }}
          onClose={() => setCreating(false)}
        />
      ) : null}
      <ErrorNote error={accounts.error} retry={accounts.reload} />
      {accounts.value === undefined && accounts.error === null ? <Loading /> : null}
      {accounts.value !== undefined ? (
        <section className="card" aria-label={t("accounts.title")}>
          <ul className="desk-persons">
            {accounts.value.accounts.map((account) => (
              <li key={account.id} className="desk-person" data-testid={`account-${account.id}`}>
                <span className="grow">
                  <b>{account.name}</b> <span className="soft">{account.username}</span>
                  {account.id === me.id ? <span className="small muted"> {t("accounts.you")}</span> : null}
                </span>
                <span className="row wrap">
                  {account.roles.map((role) => (
                    <Tag key={role}>{t(`staff.${role}`)}</Tag>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </main>
  );
}
