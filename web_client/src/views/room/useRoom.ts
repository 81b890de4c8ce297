import { createContext, useCallback, useContext, useEffect, useState, useSyncExternalStore } from "react";

import { hasControl } from "../../core/roles";
import { Room, type RoomState } from "../../core/room";
import type { ActionInfo, Requests, View } from "../../protocol";
import { useText } from "../../i18n";

/** The room of this page and its state, with a view. */
export interface RoomContextValue {
  room: Room;
  state: RoomState;
  view: View;
  /** Gives a command; where it is refused the reason is shown by the page. */
  act: <Event extends keyof Requests>(event: Event, body: Requests[Event]) => Promise<unknown>;
  /** Shows why something was refused that was asked otherwise than by `act`. */
  told: (error: unknown) => void;
  /** The last refusal that has no dialog of its own. */
  refusal: unknown;
  clearRefusal: () => void;
  ask: (dialog: Question | null) => void;
}

/** A question that is asked before a command that others feel. */
export interface Question {
  event: keyof Requests;
  participant?: string;
  name?: string;
}

export const RoomContext = createContext<RoomContextValue | null>(null);

export function useRoomContext(): RoomContextValue {
  const value = useContext(RoomContext);
  if (!value) throw new Error("a view of the room is used outside of it");
  return value;
}

/** A live room for as long as the component is shown. */
export function useRoom(participation: string): Room | null {
  const [room, setRoom] = useState<Room | null>(null);
  useEffect(() => {
    const opened = new Room(participation);
    opened.start();
    setRoom(opened);
    return () => opened.stop();
  }, [participation]);
  return room;
}

export function useRoomState(room: Room): RoomState {
  return useSyncExternalStore(room.subscribe, room.snapshot);
}

/** Whether a command may be given now: `shown` is false where the role never has it. */
export interface Allowed {
  shown: boolean;
  reason: string | null;
}

export function useAllowed(): (action: keyof Requests) => Allowed {
  const { view, state } = useRoomContext();
  const text = useText();
  return useCallback(
    (action) => {
      const info: ActionInfo | undefined = view.actions[action];
      if (!info || !hasControl(view.me.role, action)) return { shown: false, reason: null };
      if (state.status !== "connected") return { shown: true, reason: text(NOT_CONNECTED) };
      if (info.allowed) return { shown: true, reason: null };
      const reason = text(info.reason) || text(NOT_NOW);
      return { shown: true, reason: info.citation ? `${reason} (${info.citation})` : reason };
    },
    [view, state.status, text],
  );
}

const NOT_CONNECTED = { zh: "连上以后才能操作", en: "Only once connected" };
const NOT_NOW = { zh: "现在不能操作", en: "Not possible now" };

/** Re-renders once a second while `running`; gives the server's time in milliseconds. */
export function useServerClock(offsetMs: number, running = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [running]);
  return now + offsetMs;
}

/** The viewer's own connection, as the server judges it; 0 while there is none. */
export function useOwnNetwork(): 0 | 1 | 2 | 3 | 4 {
  const { view, state } = useRoomContext();
  if (state.status !== "connected") return 0;
  const own = view.participants.find(({ id }) => id === view.me.id)?.network ?? 0;
  return Math.min(4, Math.max(0, Math.round(own))) as 0 | 1 | 2 | 3 | 4;
}
