import { useState } from "react";

import { post } from "../core/api";
import { Button, TextField } from "../ui";
import { suggestedDeadline } from "./deadline";
import { ErrorNote } from "./parts";
import { useAction } from "./resource";
import { fromLocalInput, toLocalInput } from "./time";
import type { HearingDetail, NewDeadline } from "./wire";
import { useWords } from "./words";

interface Props {
  hearing: HearingDetail;
  onChange: (hearing: HearingDetail) => void;
  onClose: () => void;
}

/** Until when the sides are asked to answer: set it, or change it. The server says what is too early or too late. */
export function DeadlineForm({ hearing, onChange, onClose }: Props) {
  const t = useWords();
  const [value, setValue] = useState(() =>
    toLocalInput(hearing.deadline?.due_at ?? suggestedDeadline(new Date(), hearing.scheduled_at)),
  );
  const [tried, setTried] = useState(false);
  const due_at = fromLocalInput(value);
  const save = useAction(async () => {
    setTried(true);
    if (due_at === null) return;
    const body: NewDeadline = { due_at };
    onChange(await post<HearingDetail>(`hearings/${hearing.id}/deadline`, body));
    onClose();
  });
  return (
    <form
      className="desk-deadline__form"
      onSubmit={(event) => {
        event.preventDefault();
        void save.run();
      }}
    >
      <TextField
        label={t("sides.due")}
        hint={t("sides.dueHint")}
        type="datetime-local"
        value={value}
        onChange={setValue}
        error={tried && due_at === null ? t("sides.dueNeeded") : null}
        testId="deadline-time"
      />
      <ErrorNote error={save.error} />
      <div className="desk-form__acts">
        <Button type="submit" variant="primary" working={save.working} testId="save-deadline">
          {t("sides.saveDeadline")}
        </Button>
        <Button onPress={onClose}>{t("form.giveUp")}</Button>
      </div>
    </form>
  );
}
