import type { BiText } from "../i18n";
import type { Requests, Terminated, View } from "../protocol";
import type { ApiError } from "./api";
import { localMedia } from "./local";
import type { ConsumerFigures, ProducerFigures } from "./media/figures";
import { Media, type MediaState, type RemoteTrack } from "./media/media";
import { ScreenShare, type ScreenState } from "./screen";
import { Signaling, type ConnectionStatus } from "./signaling";

/** Everything the room's views are drawn from. */
export interface RoomState {
  status: ConnectionStatus;
  refusal: BiText | null;
  view: View | null;
  remote: readonly RemoteTrack[];
  media: MediaState;
  terminated: Terminated | null;
  forbidden: ApiError | null;
  /** Server time minus the page's. */
  offsetMs: number;
  /** The browser refused to play sound before the reader has touched the page. */
  soundBlocked: boolean;
  /** The viewer's own screen; whose the room is shown is in the view. */
  screen: ScreenState;
  lostAt: number | null;
}

/** Marks of the way into the room, in milliseconds of `performance.now()`. */
export interface Timings {
  joinClickedAt: number | null;
  firstRemoteFrameAt: number | null;
}

export const timings: Timings = { joinClickedAt: null, firstRemoteFrameAt: null };

export function markJoinClicked(): void {
  timings.joinClickedAt = performance.now();
  timings.firstRemoteFrameAt = null;
}

export function markRemoteFrame(): void {
  timings.firstRemoteFrameAt ??= performance.now();
}

const REPORT_EVERY_MS = 5000;

const START: RoomState = {
  status: "connecting",
  refusal: null,
  view: null,
  remote: [],
  media: "idle",
  terminated: null,
  forbidden: null,
  offsetMs: 0,
  soundBlocked: false,
  screen: { phase: "off", track: null, problem: null },
  lostAt: null,
};

/** One participation in its room: signaling and media tied together. Framework-free. */
export class Room {
  private state: RoomState = START;
  private readonly listeners = new Set<() => void>();
  private readonly signaling: Signaling;
  private readonly media: Media;
  private readonly screen: ScreenShare;
  private reporter: ReturnType<typeof setInterval> | null = null;

  constructor(participation: string) {
    this.signaling = new Signaling(participation, {
      onView: (stream) => {
        const view = stream.view;
        if (!view) return;
        this.set({ view });
        this.media.update(view);
        this.followScreen();
      },
      onStatus: (status, refusal) => {
        const lost = status === "reconnecting" ? (this.state.lostAt ?? Date.now()) : null;
        this.set({ status, refusal, lostAt: lost });
        if (status === "connected") this.media.reconnected();
        this.followScreen();
      },
      onTerminated: (terminated) => {
        this.set({ terminated, remote: [] });
        this.screen.stop();
        this.media.stop();
      },
      onForbidden: (forbidden) => {
        this.set({ forbidden, remote: [] });
        this.screen.stop();
        this.media.stop();
      },
      onServerTime: (offsetMs) => this.set({ offsetMs }),
      onIceServers: (servers) => this.media.useIceServers(servers),
    });
    this.media = new Media((event, body) => this.signaling.request(event, body), localMedia, {
      onRemote: (remote) => this.set({ remote }),
      onState: (media) => this.set({ media }),
    });
    this.screen = new ScreenShare(
      {
        start: () => this.signaling.request("start_screen", {}),
        stop: () => this.signaling.request("stop_screen", { participant_id: this.state.view?.me.id ?? null }),
      },
      (screen) => {
        this.set({ screen });
        this.media.useScreen(screen.track);
      },
    );
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
  readonly snapshot = (): RoomState => this.state;

  start(): void {
    this.signaling.start();
    void localMedia.start();
    this.reporter = setInterval(() => void this.report(), REPORT_EVERY_MS);
    expose(this);
  }

  stop(): void {
    if (this.reporter) clearInterval(this.reporter);
    this.signaling.stop();
    this.screen.stop();
    this.media.stop();
    unexpose(this);
  }

  request<Event extends keyof Requests>(event: Event, body: Requests[Event]): Promise<unknown> {
    return this.signaling.request(event, body);
  }

  /** The viewer's own microphone: off takes effect on this device at once, on after the server has allowed it. */
  async setMicrophone(on: boolean): Promise<void> {
    if (!on) this.media.silence();
    await this.signaling.request("set_microphone", { on });
  }

  async setCamera(on: boolean): Promise<void> {
    await this.signaling.request("set_camera", { on });
  }

  /** From a press: the browser asks which screen or window, then the court is asked. Rejects with the court's refusal. */
  shareScreen(): Promise<void> {
    return this.screen.share();
  }

  /** Ends the own share on this device at once. */
  endScreen(): Promise<void> {
    return this.screen.end();
  }

  dismissScreenProblem(): void {
    this.screen.dismiss();
  }

  /** `track` is shown in `element` from now on, until the answer is called. */
  shows(element: HTMLVideoElement, track: MediaStreamTrack): () => void {
    return this.media.tiles.add(element, track);
  }

  private followScreen(): void {
    const { view, status } = this.state;
    if (view) this.screen.shown(view.screen?.participant === view.me.id, status === "connected");
  }

  soundWasBlocked(blocked: boolean): void {
    if (this.state.soundBlocked !== blocked) this.set({ soundBlocked: blocked });
  }

  async figures(): Promise<{ received: ConsumerFigures[]; sent: ProducerFigures[] }> {
    const [received, sent] = await Promise.all([this.media.consumerFigures(), this.media.producerFigures()]);
    return { received, sent };
  }

  private async report(): Promise<void> {
    if (this.state.status !== "connected") return;
    const measured = await this.media.measure().catch(() => null);
    if (measured) await this.signaling.request("report_network", measured).catch(() => undefined); // the next one follows
  }

  private set(change: Partial<RoomState>): void {
    this.state = { ...this.state, ...change };
    for (const listener of this.listeners) listener();
  }
}

/** What the browser tests, and a technician in the console, may read. Nothing can be changed through it. */
export interface Inspection {
  view(): View | null;
  status(): ConnectionStatus;
  media(): MediaState;
  stats(): Promise<ConsumerFigures[]>;
  sent(): Promise<ProducerFigures[]>;
  readonly timings: Readonly<Timings>;
}

declare global {
  interface Window {
    __yunting?: Inspection;
  }
}

let exposed: Room | null = null;

function expose(room: Room): void {
  exposed = room;
  window.__yunting = Object.freeze({
    view: () => structuredClone(room.snapshot().view),
    status: () => room.snapshot().status,
    media: () => room.snapshot().media,
    stats: async () => (await room.figures()).received,
    sent: async () => (await room.figures()).sent,
    get timings() {
      return { ...timings };
    },
  });
}

function unexpose(room: Room): void {
  if (exposed !== room) return;
  exposed = null;
  delete window.__yunting;
}
